"""Reads a file in random places. Arguments: file, its size, bytes a call, calls, most seconds."""

import json
import os
import random
import sys
import time

from content import BLOCK, WRONG, check

path = sys.argv[1]
size, call_bytes, calls, most_seconds = map(int, sys.argv[2:])
places = random.Random(1).sample(range(size // call_bytes), min(calls, size // call_bytes))
count = 0
start = time.perf_counter()
fd = os.open(path, os.O_RDONLY)
for place in places:
    buffer = os.pread(fd, call_bytes, place * call_bytes)
    if len(buffer) != call_bytes:
        sys.exit(WRONG)
    for offset in range(0, call_bytes, max(BLOCK, call_bytes - BLOCK)):
        check(buffer[offset : offset + BLOCK], place * call_bytes + offset)
    count += 1
    if time.perf_counter() - start > most_seconds:
        break
seconds = time.perf_counter() - start
print(json.dumps({"count": count, "seconds": seconds}))
