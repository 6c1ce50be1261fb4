/** Programs that change files in place. */

import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario } from '../../support/mount/scenario.ts'

export const writing: readonly Scenario[] = [
  sameOnBoth(
    'files of 0 bytes and of 1 byte',
    `
    : > a; touch b; printf x > c; cp a d; truncate -s 0 c; cat a b c d; stat -c '%s %n' *; wc -c a`,
  ),

  sameOnBoth(
    '>> appends',
    `
    echo one > a; echo two >> a; for i in $(seq 1 200); do echo $i >> a; done
    cat a >> b; cat a >> b; wc -l a b; echo >> new; md5sum a b new`,
  ),

  sameOnBoth(
    'two appenders do not lose lines',
    `
    : > log
    for w in 1 2; do (for i in $(seq 1 50); do echo "$w $i" >> log; done) & done; wait
    wc -l < log; sort -n log | uniq -d | wc -l`,
    { tree: 'attributes' },
  ),

  sameOnBoth(
    'sed -i',
    `
    seq 1 20000 > a; chmod 640 a; sed -i 's/^1/one/' a; sed -i.bak '5,$d' a; cat a; stat -c %a a a.bak; ls`,
  ),

  sameOnBoth(
    'dd with seek and conv=notrunc',
    `
    seq 1 50000 > a
    printf HELLO | dd of=a bs=1 seek=1000 conv=notrunc status=none
    dd if=/dev/zero of=a bs=4096 count=3 seek=7 conv=notrunc status=none
    printf tail | dd of=a oflag=seek_bytes seek=400000 conv=notrunc status=none
    printf start | dd of=a conv=notrunc status=none
    dd if=a bs=1 skip=995 count=15 status=none; stat -c %s a
    printf X | dd of=a bs=1 seek=50 status=none; stat -c %s a
    dd if=/dev/zero of=synced bs=64k count=10 conv=fsync status=none; stat -c %s synced
    dd if=/dev/zero of=each bs=64k count=4 oflag=dsync status=none`,
  ),

  sameOnBoth(
    'truncate shrinks, grows and empties',
    `
    seq 1 100000 > a; truncate -s 12345 a; md5sum a; truncate -s 300000 a; md5sum a
    truncate -s +1 a; truncate -s -100 a; stat -c %s a; truncate -s 1 a; cat a; truncate -s 0 a
    truncate -s 5000000 fresh; md5sum fresh; : > fresh; stat -c %s a fresh
    seq 1 100000 > b; truncate -s 400000 b; truncate -s 399999 b; tail -c 20 b`,
  ),

  sameOnBoth(
    'a file is changed in place through one handle',
    `
    seq 1 100000 > a
    python3 - <<'END'
import os
with open('a', 'r+b') as f:
    f.seek(300000); f.write(b'middle'); f.seek(0); f.write(b'front')
    f.seek(299998); print(f.read(12))
    f.seek(0, 2); f.write(b'end'); print(f.tell())
    f.truncate(350000); f.seek(349990); print(f.read())
    f.seek(360000); f.write(b'after a hole'); f.seek(349995); print(f.read(10))
    f.flush(); os.fsync(f.fileno()); print(os.fstat(f.fileno()).st_size)
fd = os.open('a', os.O_RDWR)
for i in range(0, 200000, 977):
    os.pwrite(fd, b'%06d' % i, i)
print(os.pread(fd, 12, 977), os.lseek(fd, 0, os.SEEK_END))
os.close(fd)
fd = os.open('x', os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
print(os.write(fd, b'abc'), os.pread(fd, 10, 0), os.fstat(fd).st_size)
os.ftruncate(fd, 2); print(os.pread(fd, 10, 0)); os.close(fd)
try:
    os.open('x', os.O_WRONLY | os.O_CREAT | os.O_EXCL)
except FileExistsError as e:
    print(e)
END
    md5sum a x`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'many small writes at random places',
    `
    truncate -s 3000000 a
    python3 - <<'END'
import os, random
random.seed(11)
fd = os.open('a', os.O_RDWR)
for i in range(3000):
    os.pwrite(fd, random.randbytes(random.choice([1, 10, 100, 5000])), random.randrange(3000000))
    if i % 500 == 0: os.fsync(fd)
    if i % 100 == 0: os.pread(fd, 1000, random.randrange(3000000))
os.close(fd)
END
    md5sum a`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'tee, cat and mv rewrite a file',
    `
    echo a | tee b c >/dev/null; cat b c > d; tac d > e && mv e d; cat d; cp /dev/null b; ls -s b
    { echo 1; echo 2 >&2; } > both 2>&1; cat both; echo x > d; cat < d > f; cmp d f`,
  ),
]
