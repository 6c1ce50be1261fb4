/** Reserving, holes, and copies that stay inside the file system. */

import { expect } from 'vitest'
import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario, ScenarioContext } from '../../support/mount/scenario.ts'

export const space: readonly Scenario[] = [
  sameOnBoth(
    'posix_fallocate makes a file longer and leaves what it has',
    `
    python3 - <<'END'
import os
fd = os.open('f', os.O_RDWR | os.O_CREAT, 0o644)
os.posix_fallocate(fd, 0, 3000000)
print(os.fstat(fd).st_size, os.pread(fd, 4, 2999990))
os.pwrite(fd, b'data', 1000)
os.posix_fallocate(fd, 500, 1000)
os.posix_fallocate(fd, 2999999, 101)
print(os.fstat(fd).st_size, os.pread(fd, 8, 998))
os.close(fd)
for fd, arguments in ((os.open('f', os.O_RDONLY), (0, 1)), (os.open('f', os.O_RDWR), (0, 0)), (os.open('f', os.O_RDWR), (-1, 1))):
    try:
        os.posix_fallocate(fd, *arguments)
    except OSError as e:
        print(e)
END
    md5sum f`,
    { programs: ['python3'], tree: 'contents' },
  ),

  {
    name: 'fallocate stores zeros, and says where it cannot',
    run: allocations,
  },

  sameOnBoth(
    'files with holes are copied',
    `
    truncate -s 3000000 a; printf middle | dd of=a bs=1 seek=1500000 conv=notrunc status=none
    cp --sparse=always a b; cp --sparse=never a c; cp a d; cat a > e; tar -cSf a.tar a; mkdir x; tar -xSf a.tar -C x
    rm a.tar; for f in b c d e x/a; do cmp a $f; stat -c %s $f; done; truncate -s 5000 hole; cp --sparse=always hole h; md5sum h`,
  ),

  sameOnBoth(
    'SEEK_DATA and SEEK_HOLE find data to the end, and one hole behind it',
    `
    python3 - <<'END'
import os
fd = os.open('f', os.O_RDWR | os.O_CREAT, 0o644)
def look(offset, whence):
    try:
        print(os.lseek(fd, offset, whence))
    except OSError as e:
        print(e)
look(0, os.SEEK_DATA)
look(0, os.SEEK_HOLE)
os.write(fd, b'x' * 5000)
for offset in (0, 1234, 4999, 5000, 5001):
    look(offset, os.SEEK_DATA)
    look(offset, os.SEEK_HOLE)
os.ftruncate(fd, 10)
look(3, os.SEEK_HOLE)
look(10, os.SEEK_DATA)
END`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'copy_file_range copies what is there and refuses what cannot be',
    `
    seq 1 100000 > a
    python3 - <<'END'
import os
a = os.open('a', os.O_RDWR)
b = os.open('b', os.O_RDWR | os.O_CREAT, 0o644)
def copy(*arguments):
    try:
        print(os.copy_file_range(*arguments))
    except OSError as e:
        print(e)
os.pwrite(a, b'own bytes', 2000)
copy(a, b, 1000, 1990, 5)
print(os.pread(b, 40, 0), os.fstat(b).st_size)
copy(a, b, 1000, os.fstat(a).st_size - 10, 0)
copy(a, b, 1000, os.fstat(a).st_size, 0)
copy(a, a, 1000, 0, 500)
copy(a, a, 1000, 0, 300000)
print(os.pread(a, 10, 300000))
copy(a, os.open('b', os.O_RDONLY), 10, 0, 0)
copy(os.open('a', os.O_WRONLY), b, 10, 0, 0)
copy(a, os.open('b', os.O_WRONLY | os.O_APPEND), 10, 0, 0)
os.lseek(a, 0, 0); os.lseek(b, 0, 0)
while os.copy_file_range(a, b, 1 << 30):
    pass
os.close(b)
END
    cmp a b; md5sum b`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'cp of a file that is longer than one request, onto itself and over others',
    `
    head -c 30000001 /dev/zero | tr '\\0' a > a; seq 1 10 >> a; cp a b; cmp a b; seq 1 3000000 > b; cp a b; cmp a b
    cp b a; md5sum a b; cp a a 2>&1 || echo "exit $?"; cp --attributes-only a c; stat -c %s c`,
    { timeoutMs: 120_000 },
  ),
]

async function allocations({ inMount, onFarSide }: ScenarioContext): Promise<void> {
  const steps = await inMount(`
    printf abcdefgh > f
    fallocate -o 6 -l 100000 f; stat -c %s f; fallocate -n -o 0 -l 50 f; stat -c %s f
    fallocate -p -o 1 -l 2 f; fallocate -p -o 100000 -l 5000 f; fallocate -z -o 100000 -l 50000 f
    fallocate -z -n -o 4 -l 1 f; stat -c %s f; head -c 9 f | tr '\\0' .`)
  expect(steps).toEqual({
    code: 0,
    stdout: '100006\n100006\n150000\na..d.fgh.',
    stderr: '',
  })
  for (const refused of ['-n -l 200000 f', '-c -o 0 -l 4096 f', '-i -o 0 -l 4096 f']) {
    const { code, stderr } = await inMount(`fallocate ${refused}`)
    expect({ refused, code, stderr }).toEqual({
      refused,
      code: 1,
      stderr: expect.stringMatching(/Operation not supported|mode is unsupported/),
    })
  }
  const stored = await onFarSide(`stat -c %s f; head -c 9 f | tr '\\0' .; tr -d '\\0' < f`)
  expect(stored.stdout).toBe('150000\na..d.fgh.adfgh')
}
