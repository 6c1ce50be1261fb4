"""What the files hold: the pattern again and again, each block of 4 KiB beginning with its number."""

import os
import struct
import sys

BLOCK = 4096
MIB = 1 << 20

with open(os.environ["BENCH_PATTERN"], "rb") as pattern_file:
    PATTERN = pattern_file.read()

WRONG = 3
NUMBER = struct.Struct("<Q")


def check(buffer, offset):
    """Ends the program unless this is the block at that offset of a file."""
    inside = offset % MIB
    number = NUMBER.unpack_from(buffer)[0]
    if number != offset // BLOCK or buffer[8:BLOCK] != PATTERN[inside + 8 : inside + BLOCK]:
        print(f"wrong bytes at {offset}", file=sys.stderr)
        sys.exit(WRONG)
