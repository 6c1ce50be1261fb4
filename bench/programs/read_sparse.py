"""Reads a file of nothing but zeros, 1 MiB a call. Arguments: file, its size."""

import json
import os
import sys
import time

from content import MIB, WRONG

path, size = sys.argv[1], int(sys.argv[2])
zeros = bytes(MIB)
buffer = bytearray(MIB)
received = 0
start = time.perf_counter()
fd = os.open(path, os.O_RDONLY)
while length := os.readv(fd, [buffer]):
    if buffer[:length] != zeros[:length]:
        print(f"not zero near {received}", file=sys.stderr)
        sys.exit(WRONG)
    received += length
seconds = time.perf_counter() - start
if received != size:
    print(f"{received} of {size} bytes", file=sys.stderr)
    sys.exit(WRONG)
print(json.dumps({"count": received, "seconds": seconds}))
