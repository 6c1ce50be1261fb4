"""Writes a new file and closes it. Arguments: file, MiB, most seconds."""

import json
import os
import sys
import time

from content import BLOCK, MIB, NUMBER, PATTERN

path, mebibytes, most_seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
buffer = bytearray(PATTERN)
written = 0
start = time.perf_counter()
fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
for _ in range(mebibytes):
    NUMBER.pack_into(buffer, 0, written // BLOCK)
    piece = memoryview(buffer)
    while piece:
        length = os.write(fd, piece)
        piece = piece[length:]
        written += length
    if time.perf_counter() - start > most_seconds:
        break
os.close(fd)
print(json.dumps({"count": written, "seconds": time.perf_counter() - start}))
