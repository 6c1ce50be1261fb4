/** Files that change their name, or lose it, while somebody has them open; several handles. */

import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario } from '../../support/mount/scenario.ts'

const python = (name: string, program: string): Scenario =>
  sameOnBoth(name, `python3 - <<'END'\nimport os\n${program.trim()}\nEND`, {
    programs: ['python3'],
  })

export const openFiles: readonly Scenario[] = [
  python(
    'a file is renamed over an open one',
    `
open('old', 'wb').write(b'old content')
open('new', 'wb').write(b'the new content')
reader = open('old', 'rb')
print(reader.read(3))
os.rename('new', 'old')
print(open('old', 'rb').read(), os.stat('old').st_size, os.path.exists('new'))
print(reader.read(), os.fstat(reader.fileno()).st_size)
`,
  ),

  python(
    'an open file is renamed and written on',
    `
f = open('a', 'w+b')
f.write(b'before '); f.flush()
os.rename('a', 'b')
f.write(b'after'); f.flush(); os.fsync(f.fileno())
print(os.listdir('.'), os.stat('b').st_size)
f.seek(0); print(f.read()); f.close()
print(open('b', 'rb').read())
`,
  ),

  python(
    'a directory with open files is renamed',
    `
os.makedirs('d/sub')
written = open('d/sub/w', 'w+b'); written.write(b'x' * 100000); written.flush()
open('d/r', 'wb').write(b'read me')
reader = open('d/r', 'rb')
os.rename('d', 'e')
written.write(b'more'); written.close()
print(reader.read(), os.stat('e/sub/w').st_size, os.path.exists('d'), sorted(os.listdir('e')))
os.rename('e/sub', 'f')
print(open('f/w', 'rb').read()[-6:])
`,
  ),

  python(
    'a file is removed while it is open',
    `
f = open('a', 'w+b')
f.write(b'hello'); f.flush()
os.unlink('a')
print(os.path.exists('a'), os.fstat(f.fileno()).st_size)
f.write(b' world'); f.flush(); f.seek(0); print(f.read())
open('a', 'wb').write(b'another')
f.seek(0); print(f.read(), open('a', 'rb').read())
f.close()
print(os.listdir('.'))
`,
  ),

  python(
    'a directory is emptied and removed while a file of it is open',
    `
os.mkdir('d')
f = open('d/a', 'w+b'); f.write(b'x'); f.flush()
os.unlink('d/a')
print(os.listdir('d'))
f.seek(0); print(f.read()); f.close()
`,
  ),

  python(
    'two handles see each other',
    `
a = os.open('f', os.O_RDWR | os.O_CREAT, 0o644)
b = os.open('f', os.O_RDWR)
os.write(a, b'0123456789')
print(os.read(b, 100), os.fstat(b).st_size, os.stat('f').st_size)
os.pwrite(b, b'XX', 4)
print(os.pread(a, 100, 0))
os.ftruncate(a, 6)
print(os.pread(b, 100, 0), os.fstat(b).st_size)
os.pwrite(b, b'end', 10)
print(os.pread(a, 100, 0), os.stat('f').st_size)
os.close(a)
print(os.pread(b, 100, 0))
os.close(b)
`,
  ),

  python(
    'truncating by name while the file is open',
    `
f = open('f', 'w+b'); f.write(b'0123456789' * 10000); f.flush()
os.truncate('f', 5)
f.seek(0); print(f.read(), os.fstat(f.fileno()).st_size)
open('f', 'wb').close()
print(os.fstat(f.fileno()).st_size)
os.pwrite(f.fileno(), b'again', 3)
print(open('f', 'rb').read())
f.close()
`,
  ),

  python(
    'append handles write at the end',
    `
a = os.open('f', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
b = os.open('f', os.O_WRONLY | os.O_APPEND)
for i in range(50):
    os.write(a if i % 2 else b, b'%d\\n' % i)
os.close(a); os.close(b)
print(open('f').read().split())
`,
  ),

  python(
    'locks exclude',
    `
import fcntl, subprocess, sys
f = open('f', 'w')
fcntl.lockf(f, fcntl.LOCK_EX)
other = "import fcntl\\nf = open('f', 'r+')\\ntry:\\n  fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\\n  print('got it')\\nexcept OSError as e:\\n  print(e)\\n"
print(subprocess.run([sys.executable, '-c', other], capture_output=True, text=True).stdout)
fcntl.lockf(f, fcntl.LOCK_UN)
print(subprocess.run([sys.executable, '-c', other], capture_output=True, text=True).stdout)
fcntl.flock(f, fcntl.LOCK_EX)
`,
  ),

  sameOnBoth(
    'flock lets one process at a time into a file',
    `
    flock f -c 'flock -n f -c "echo both" || echo locked'; flock -n f echo free
    flock -s f -c 'flock -sn f echo shared; flock -xn f echo alone || echo "exit $?"'
    echo 0 > n; seq 1 40 | xargs -P4 -I@ flock f sh -c 'read n < n; echo $((n + 1)) > n'; cat n`,
  ),

  python(
    'fcntl locks let one process at a time into a range',
    `
import fcntl, subprocess, sys
open('n', 'w').write('0')
count = """
import fcntl, os
for i in range(20):
    lock = open('lock', 'a+')
    fcntl.lockf(lock, fcntl.LOCK_EX, 10, 5)
    n = int(open('n').read())
    with open('n', 'w') as f:
        f.write(str(n + 1))
    lock.close()
"""
children = [subprocess.Popen([sys.executable, '-c', count]) for _ in range(4)]
print([child.wait() for child in children], open('n').read())
`,
  ),

  python(
    'a shared mapping outlives the close, and shows what others write',
    `
import mmap
f = open('f', 'w+b'); f.write(b'.' * 100000); f.flush()
m = mmap.mmap(f.fileno(), 0)
f.close()
m[50000:50006] = b'mapped'
m.flush()
other = os.open('f', os.O_RDWR)
print(os.pread(other, 8, 49999))
os.pwrite(other, b'written', 70000)
print(m[70000:70007])
m[99999:] = b'!'
m.close()
os.close(other)
print(open('f', 'rb').read().replace(b'.', b''))
`,
  ),

  python(
    'a mapping of a file that is open for appending is written in its place',
    `
import mmap
f = os.open('f', os.O_RDWR | os.O_CREAT | os.O_APPEND)
os.write(f, b'.' * 10000)
m = mmap.mmap(f, 10000)
m[5000:5006] = b'mapped'
m.flush()
os.write(f, b'appended')
m.close()
os.close(f)
print(os.stat('f').st_size, open('f', 'rb').read().replace(b'.', b''))
`,
  ),

  sameOnBoth(
    'a listing goes on while files come and go',
    `
    mkdir d; for i in $(seq 1 300); do : > d/f$i; done
    python3 - <<'END'
import os
seen = []
with os.scandir('d') as entries:
    for entry in entries:
        seen.append(entry.name)
        if len(seen) == 10:
            open('d/new', 'w').close()
        os.unlink('d/' + entry.name)
print(len([name for name in seen if name != 'new']), len(seen) - len(set(seen)))
END
    rm -f d/new; ls -A d`,
    { programs: ['python3'] },
  ),
]
