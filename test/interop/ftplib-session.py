"""One session of Python's ftplib; prints what it saw as JSON. Arguments: port, password."""

import ftplib
import io
import json
import sys

port, password = int(sys.argv[1]), sys.argv[2]
seen = {}


def read(ftp, name, rest=None):
    received = io.BytesIO()
    ftp.retrbinary("RETR " + name, received.write, rest=rest)
    return received.getvalue().decode()


def store(ftp, command, text):
    ftp.storbinary(command, io.BytesIO(text.encode()))


def names(ftp):
    return sorted(ftp.nlst())


ftp = ftplib.FTP()
seen["welcome"] = ftp.connect("127.0.0.1", port, timeout=20)
ftp.login("anonymous", password)
seen["pwd"] = ftp.pwd()
seen["names"] = names(ftp)
seen["facts"] = dict(ftp.mlsd(facts=["type", "size", "modify"]))
for facts in seen["facts"].values():
    facts["modify"] = facts["modify"].split(".")[0]
seen["size"] = ftp.size("a file.txt")
seen["mdtm"] = ftp.sendcmd("MDTM a file.txt")
seen["content"] = read(ftp, "a file.txt")
seen["rest"] = read(ftp, "a file.txt", rest=6)

store(ftp, "STOR new file", "new content")
seen["afterStore"] = read(ftp, "new file")
store(ftp, "APPE new file", ", more")
seen["afterAppend"] = read(ftp, "new file")
store(ftp, "STOR empty", "")
ftp.rename("new file", "renamed file")
ftp.delete("empty")
ftp.rmd("a directory")
ftp.mkd("made by mkd")
seen["afterRename"] = names(ftp)
ftp.rename("renamed file", "left behind")
ftp.rmd("made by mkd")
seen["afterDelete"] = [name for name in names(ftp) if name != "left behind"]
try:
    read(ftp, "missing")
except ftplib.error_perm as error:
    seen["missing"] = str(error)
lines = []
ftp.dir(lines.append)
assert len(lines) == 3, lines
assert dict(ftp.mlsd("/" + seen["pwd"].strip("/")))["left behind"]["type"] == "file"
seen["quit"] = ftp.quit()
print(json.dumps(seen))
