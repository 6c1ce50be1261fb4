"""
Reads a file as HDF5 reads slices of an array: its header, then chunks of 64 KiB in equal distances,
and now and then a node of the index behind them. Arguments: file, its size, most seconds.
"""

import json
import os
import sys
import time

from content import BLOCK, MIB, WRONG, check

HEADER = 2048
CHUNK = 64 * 1024
CHUNKS_PER_NODE = 16

path, size, most_seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
asked = 0


def read(fd, length, offset):
    global asked
    data = os.pread(fd, length, offset)
    if len(data) != length:
        sys.exit(WRONG)
    if length >= BLOCK:
        check(data[:BLOCK], offset)
        check(data[-BLOCK:], offset + length - BLOCK)
    asked += length


count = 0
start = time.perf_counter()
fd = os.open(path, os.O_RDONLY)
read(fd, HEADER, 0)
for chunk in range(size // MIB):
    if chunk % CHUNKS_PER_NODE == 0:
        read(fd, BLOCK, size - (chunk // CHUNKS_PER_NODE + 1) * 2 * BLOCK)
    read(fd, CHUNK, chunk * MIB + MIB // 4)
    count += 1
    if time.perf_counter() - start > most_seconds:
        break
seconds = time.perf_counter() - start
print(json.dumps({"count": count, "seconds": seconds, "asked": asked}))
