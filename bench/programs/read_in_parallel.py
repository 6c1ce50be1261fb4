"""Reads whole small files in several threads. Arguments: directory, files, bytes of each, threads."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from content import BLOCK, WRONG, check

directory = sys.argv[1]
files, file_bytes, threads = map(int, sys.argv[2:])


def read(number):
    with open(os.path.join(directory, f"file-{number}"), "rb", buffering=0) as file:
        data = file.read()
    if len(data) != file_bytes:
        return f"file-{number} has {len(data)} bytes"
    for offset in (0, file_bytes - BLOCK):
        check(data[offset : offset + BLOCK], number * file_bytes + offset)
    return None


start = time.perf_counter()
with ThreadPoolExecutor(threads) as pool:
    try:
        complaints = [complaint for complaint in pool.map(read, range(files)) if complaint]
    except SystemExit:
        os._exit(WRONG)
seconds = time.perf_counter() - start
if complaints:
    print(complaints[0], file=sys.stderr)
    sys.exit(WRONG)
print(json.dumps({"count": files, "seconds": seconds}))
