"""
Lists directories that nobody looked at before, each once, while a file is copied again and again.
Arguments: file, directories, entries of each, most seconds.
"""

import json
import os
import statistics
import subprocess
import sys
import time

from content import MIB, WRONG

path = sys.argv[1]
directories, entries, most_seconds = map(int, sys.argv[2:])
UNDER_WAY = 8 * MIB

copy = subprocess.Popen(["sh", "-c", 'while cat "$0"; do :; done > /dev/null', path], process_group=0)


def copied():
    """Bytes that the copying programs have read so far."""
    total = 0
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with open(f"/proc/{entry.name}/stat") as stat, open(f"/proc/{entry.name}/io") as io:
                group = int(stat.read().rsplit(")", 1)[1].split()[2])
                read = int(io.read().split("rchar: ")[1].split()[0])
        except OSError:
            continue
        if group == copy.pid:
            total += read
    return total


def list_directory(number):
    start = time.perf_counter()
    with os.scandir(f"small-{number}") as found:
        sizes = [entry.stat().st_size for entry in found]
    milliseconds = (time.perf_counter() - start) * 1000
    if len(sizes) != entries or sum(sizes) != sum(range(entries)):
        print(f"small-{number} shows {len(sizes)} entries", file=sys.stderr)
        sys.exit(WRONG)
    return milliseconds


try:
    deadline = time.perf_counter() + 20
    while copied() < UNDER_WAY:
        if copy.poll() is not None or time.perf_counter() > deadline:
            sys.exit("the copy does not get under way")
        time.sleep(0.01)
    start = time.perf_counter()
    times = []
    for number in range(directories):
        times.append(list_directory(number))
        if time.perf_counter() - start > most_seconds and len(times) >= 5:
            break
finally:
    os.killpg(copy.pid, 9)
    copy.wait()
p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
print(json.dumps({"count": len(times), "p95": p95}))
