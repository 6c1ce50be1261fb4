"""
Random work on one file, compared byte for byte with what it should hold.

    exerciser.py FILE --seed N --operations N [--largest BYTES] [--seconds N]

Reads, writes, appends, truncations, shared mappings, allocations, holes, copies within the file and
reopening, through two handles. The first wrong byte ends it with the last operations and exit code 1.
"""

import argparse
import collections
import ctypes
import errno
import mmap
import os
import random
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16


class Mismatch(Exception):
    pass


class Exerciser:
    def __init__(self, path, seed, largest):
        self.path = path
        self.random = random.Random(seed)
        self.largest = largest
        self.expected = bytearray()
        self.log = collections.deque(maxlen=40)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644))
        self.open()

    def open(self):
        self.files = [os.open(self.path, os.O_RDWR) for _ in range(2)]

    @property
    def file(self):
        return self.random.choice(self.files)

    def range(self, limit):
        """Mostly short, at times up to a quarter of the file; often at the edge of a page."""
        start = self.random.randrange(limit)
        if self.random.random() < 0.3:
            start -= start % 4096
        longest = self.random.choice((1, 100, 5000, 70000, self.largest // 4))
        return start, min(limit - start, self.random.randint(1, longest))

    def data(self, length):
        return self.random.randbytes(length)

    def compare(self, start, found, length, how):
        wanted = bytes(self.expected[start : start + length])
        if found == wanted:
            return
        if len(found) != len(wanted):
            raise Mismatch(f'{how} at {start}: {len(found)} bytes, expected {len(wanted)}')
        at = next(i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1])
        got, want = found[at : at + 8].hex(), wanted[at : at + 8].hex()
        raise Mismatch(f'{how} at {start}: byte {start + at} on is {got}, expected {want}')

    def store(self, start, data):
        if start > len(self.expected):
            self.expected.extend(bytes(start - len(self.expected)))
        self.expected[start : start + len(data)] = data

    # Operations: each notes what it does before it does it.

    def read(self):
        start, length = self.range(self.largest)
        self.log.append(f'read {start} {length}')
        self.compare(start, os.pread(self.file, length, start), length, 'read')

    def write(self):
        start, length = self.range(self.largest)
        self.log.append(f'write {start} {length}')
        data = self.data(length)
        if os.pwrite(self.file, data, start) != length:
            raise Mismatch(f'write at {start}: short')
        self.store(start, data)

    def append(self):
        length = min(self.random.randint(1, 10000), self.largest - len(self.expected))
        if length <= 0:
            return
        self.log.append(f'append {len(self.expected)} {length}')
        data = self.data(length)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(file, data)
        os.close(file)
        self.store(len(self.expected), data)

    def truncate(self):
        size = self.random.choice((0, self.random.randrange(self.largest)))
        by_name = self.random.random() < 0.3
        self.log.append(f'truncate {size} {"by name" if by_name else ""}')
        os.truncate(self.path if by_name else self.file, size)
        kept = self.expected[:size]
        self.expected = kept + bytes(size - len(kept))

    def map_read(self):
        if self.expected:
            start, length = self.range(len(self.expected))
            self.log.append(f'map_read {start} {length}')
            with mmap.mmap(self.file, len(self.expected), access=mmap.ACCESS_READ) as mapped:
                self.compare(start, mapped[start : start + length], length, 'mapped read')

    def map_write(self):
        if self.expected:
            start, length = self.range(len(self.expected))
            flush = self.random.random() < 0.5
            self.log.append(f'map_write {start} {length} {"msync" if flush else ""}')
            data = self.data(length)
            with mmap.mmap(self.file, len(self.expected)) as mapped:
                mapped[start : start + length] = data
                if flush:
                    mapped.flush()
            self.store(start, data)

    def allocate(self):
        mode = self.random.choice((0, KEEP_SIZE, PUNCH_HOLE | KEEP_SIZE, ZERO_RANGE))
        start, length = self.range(self.largest)
        self.log.append(f'fallocate {mode} {start} {length}')
        size = len(self.expected)
        arguments = ctypes.c_long(start), ctypes.c_long(length)
        if libc.fallocate(self.file, mode, *arguments) < 0:
            code = ctypes.get_errno()
            # Space behind the end of a file cannot be promised.
            if code == errno.EOPNOTSUPP and mode == KEEP_SIZE and start + length > size:
                return
            raise Mismatch(f'fallocate: {os.strerror(code)}')
        if mode in (0, ZERO_RANGE) and start + length > size:
            self.expected.extend(bytes(start + length - size))
        if mode & (PUNCH_HOLE | ZERO_RANGE):
            end = min(start + length, len(self.expected))
            self.expected[start:end] = bytes(max(0, end - start))

    def copy(self):
        start, length = self.range(self.largest // 2)
        length = min(length, self.largest // 2 - start)
        target = self.largest // 2 + self.random.randrange(self.largest // 2 - length + 1)
        self.log.append(f'copy {start} {length} to {target}')
        count = os.copy_file_range(self.file, self.file, length, start, target)
        data = bytes(self.expected[start : start + count])
        if count > max(0, len(self.expected) - start):
            raise Mismatch(f'copy: {count} bytes where there are fewer')
        if count:
            self.store(target, data)

    def size(self):
        self.log.append('size')
        by_name, by_handle = os.stat(self.path).st_size, os.fstat(self.file).st_size
        if not by_name == by_handle == len(self.expected):
            raise Mismatch(f'size {by_name} and {by_handle}, expected {len(self.expected)}')

    def synchronise(self):
        self.log.append('fsync')
        os.fsync(self.file)

    def reopen(self):
        self.log.append('reopen')
        self.close()
        self.open()

    def close(self):
        for file in self.files:
            os.close(file)

    weights = {
        'read': 20,
        'write': 20,
        'append': 3,
        'truncate': 4,
        'map_read': 10,
        'map_write': 10,
        'allocate': 4,
        'copy': 3,
        'size': 5,
        'synchronise': 1,
        'reopen': 2,
    }

    def step(self):
        (name,) = self.random.choices(list(self.weights), self.weights.values())
        getattr(self, name)()

    def check_all(self):
        self.log.append('compare all')
        with open(self.path, 'rb') as file:
            self.compare(0, file.read(), len(self.expected), 'reading all')
        self.size()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('file')
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--operations', type=int, required=True)
    parser.add_argument('--largest', type=int, default=400_000)
    parser.add_argument('--seconds', type=float, default=float('inf'))
    options = parser.parse_args()
    exerciser = Exerciser(options.file, options.seed, options.largest)
    end = time.monotonic() + options.seconds
    done = 0
    try:
        while done < options.operations and time.monotonic() < end:
            exerciser.step()
            done += 1
        exerciser.check_all()
        exerciser.reopen()
        exerciser.check_all()
    except (Mismatch, OSError) as failure:
        print(*exerciser.log, sep='\n', file=sys.stderr)
        print(f'operation {done}, seed {options.seed}: {failure}', file=sys.stderr)
        sys.exit(1)
    print(f'{done} operations, seed {options.seed}')


if __name__ == '__main__':
    main()
