/** Programs that read: searching, hashing, mapping, running. */

import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario } from '../../support/mount/scenario.ts'

export const reading: readonly Scenario[] = [
  sameOnBoth(
    'cat, head, tail, wc, cmp',
    `
    seq 1 100000 > a; : > empty; printf x > one
    cat a empty one | md5sum; head -c 70000 a | tail -c 10; tail -n 3 a; tail -c +500001 a | wc -c
    wc a empty one; cp a b; cmp a b; od -An -tx1 one`,
  ),

  sameOnBoth(
    'grep -r',
    `
    mkdir -p d/e; echo needle > d/e/f; echo hay > d/g; seq 1 50000 > d/h; echo 'a needle too' >> d/h
    grep -r needle . | sort; grep -rl hay; grep -rc needle d | sort; grep -rn 49999 d
    grep -r absent . || echo "exit $?"`,
  ),

  sameOnBoth(
    'find by name, type, size, mode and time',
    `
    mkdir -p d/e; seq 1 10000 > d/big; : > d/e/empty; echo x > d/e/run; chmod 755 d/e/run
    touch -d '2020-01-01 00:00Z' d/big
    find . | sort; find . -type f -size +40k; find . -empty; find . -perm -u+x -type f
    find . -newermt '2019-12-31' ! -newermt '2020-01-02' -printf '%p %s %m %T+\\n'
    find d -type f -exec wc -c {} + | sort; find d -depth -name e -type d
    find . -name big -delete; find . -name big`,
  ),

  sameOnBoth(
    'sort, awk and pipes through files of the mount',
    `
    seq 1 20000 | sort -R --random-source=<(yes) > a; sort -n a > b; awk '{s+=$1} END {print s}' b
    sort -n a -o a; cmp a b; split -b 10000 b part.; cat part.* | cmp - b; ls`,
  ),

  sameOnBoth(
    'eight readers at once',
    `
    for i in $(seq 1 40); do seq $i 30000 > f$i; done
    ls f* | xargs -P8 -n1 sha256sum | sort -k2; for i in $(seq 1 64); do echo f7; done | xargs -P8 -n1 md5sum | sort -u`,
  ),

  sameOnBoth(
    'eight writers at once',
    `
    seq 1 60000 > source
    seq 1 40 | xargs -P8 -I@ sh -c 'mkdir -p d@; cp source d@/copy; echo @ > d@/mark'
    cat d*/copy | md5sum; cat d*/mark | sort -n | md5sum`,
  ),

  sameOnBoth(
    'mmap reads a file',
    `
    seq 1 200000 > a
    python3 - <<'END'
import mmap
with open('a', 'rb') as f:
    m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    print(len(m), m[-7:], m[700000:700010], m.find(b'199999'), m[::4096][:20])
END`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'a shared mapping is written',
    `
    seq 1 50000 > a
    python3 - <<'END'
import mmap
with open('a', 'r+b') as f:
    m = mmap.mmap(f.fileno(), 0)
    m[100000:100010] = b'0123456789'
    m[0:3] = b'abc'
    m.flush()
    print(f.read(4), m[99998:100012])
END
    head -c 3 a; dd if=a bs=1 skip=100000 count=10 status=none`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'a script and a program are run',
    `
    printf '#!/bin/sh\\necho "script says $1"\\n' > script; chmod +x script; ./script hello
    cp "$(command -v cat)" program; chmod 755 program; echo through | ./program
    chmod -x script; ./script 2>&1 || echo "exit $?"`,
  ),

  {
    name: 'random pread on an open file of 300 MB',
    programs: ['python3'],
    run: async ({ prepare, onFarSide, inLocal, both }) => {
      await prepare('head -c 314572800 /dev/urandom > big; chmod 644 big')
      await onFarSide('cp "$INPUT/big" big')
      await inLocal('cp "$INPUT/big" big')
      await both(randomPread, { tree: 'none', timeoutMs: 180_000 })
    },
  },
]

const randomPread = `
  python3 - <<'END'
import hashlib, os, random
f = os.open('big', os.O_RDONLY)
size = os.fstat(f).st_size
random.seed(7)
h = hashlib.sha256()
for _ in range(1500):
    length = random.choice([1, 17, 512, 4096, 65536, 200000])
    h.update(os.pread(f, length, random.randrange(size)))
for offset in range(size - 1, 0, -size // 50):
    h.update(os.pread(f, 8192, offset))
h.update(os.pread(f, 4096, size - 5))
h.update(os.pread(f, 4096, size))
h.update(os.pread(f, 4096, size + 12345))
print(size, h.hexdigest())
END`
