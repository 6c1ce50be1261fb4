"""Reads a file in order. Arguments: file, its size, bytes a call, most seconds, blocks between checks."""

import json
import os
import sys
import time

from content import BLOCK, WRONG, check

path = sys.argv[1]
size, call_bytes, most_seconds, check_every = map(int, sys.argv[2:])
buffer = bytearray(call_bytes)
view = memoryview(buffer)
received = 0
next_check = 0
start = time.perf_counter()
fd = os.open(path, os.O_RDONLY)
while True:
    length = os.readv(fd, [buffer])
    if length == 0:
        break
    if received >= next_check and length >= BLOCK and received % BLOCK == 0:
        check(view[:BLOCK], received)
        next_check = received + check_every
    received += length
    if time.perf_counter() - start > most_seconds:
        break
seconds = time.perf_counter() - start
os.close(fd)
if seconds <= most_seconds and received != size:
    print(f"{received} of {size} bytes", file=sys.stderr)
    sys.exit(WRONG)
print(json.dumps({"count": received, "seconds": seconds}))
