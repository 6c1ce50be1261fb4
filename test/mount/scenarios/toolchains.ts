/** Programs that make many files, or work in the middle of large ones. */

import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario } from '../../support/mount/scenario.ts'

const noHardLinks = 'libfuse would make an inode of its own of each name'
const noLinks = { external: 'UFTPD makes no links' }

export const toolchains: readonly Scenario[] = [
  sameOnBoth(
    'sqlite3: write-ahead log and rollback journals',
    `
    for mode in wal delete truncate persist; do
      sqlite3 $mode "pragma journal_mode = $mode; create table t (id integer primary key, v text);"
      for i in 1 2 3 4 5 6; do sqlite3 $mode "insert into t (v) values (hex(zeroblob(500 * $i)))"; done
      sqlite3 $mode "begin; update t set v = 'x'; rollback; delete from t where id = 2;
        select count(*), sum(length(v)) from t; pragma integrity_check"
    done`,
    { programs: ['sqlite3'], tree: 'attributes', ignore: ['./persist-journal'] },
  ),

  sameOnBoth(
    'git: gc, fsck, and a clone of what was packed',
    `
    git init -q -b main a; cd a
    for i in 1 2 3 4 5; do seq $i 200 > f$i; git add .; git commit -qm $i; done
    git -c gc.auto=0 gc -q; git fsck --full --strict 2>&1; git count-objects; cd ..
    git clone -q a b; git -C b log --format=%s | tr '\\n' ' '; git -C b status --porcelain
    rm -rf a; git -C b fsck 2>&1; ls`,
    { programs: ['git'], tree: 'attributes', ignore: ['*/.git'], timeoutMs: 120_000 },
  ),

  sameOnBoth(
    'make and gcc build, build again after a change, and clean',
    `
    printf 'int twice(int x) { return 2 * x; }\\n' > twice.c
    printf '#include <stdio.h>\\nint twice(int);\\nint main(void) { printf("%%d\\\\n", twice(21)); }\\n' > main.c
    printf 'program: main.o twice.o\\n\\t@gcc -o $@ $^\\n%%.o: %%.c\\n\\t@echo $<; gcc -c -o $@ $<\\nclean:\\n\\t@rm -f *.o program\\n' > Makefile
    make; ./program; make; touch -d 2020-01-01 *.c *.o program; touch -d 2020-01-02 twice.c; make -s; ./program; ar rcs lib.a twice.o; ar t lib.a; make clean; ls`,
    { programs: ['gcc', 'make'], tree: 'attributes', ignore: ['./lib.a'], timeoutMs: 120_000 },
  ),

  sameOnBoth(
    'python: a virtual environment',
    `
    python3 -m venv --without-pip --copies environment
    environment/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'; ls environment environment/bin | sort`,
    { programs: ['python3'], tree: 'none', impossible: noLinks, timeoutMs: 120_000 },
  ),

  sameOnBoth(
    'editors: a backup aside, a new file renamed over, one written in place',
    `
    python3 - <<'END'
import os, stat
def keep(path):
    found = os.stat(path)
    return stat.S_IMODE(found.st_mode)
open('text', 'w').write('original\\n' * 50); os.chmod('text', 0o640)
for round in range(5):
    # vim with 'backupcopy=no': the old file becomes the backup, a new one takes its name.
    mode = keep('text'); os.rename('text', 'text~')
    fd = os.open('text', os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666); os.write(fd, b'vim %d\\n' % round)
    os.fsync(fd); os.fchmod(fd, mode); os.close(fd); os.unlink('text~')
    print(open('text').read(), oct(keep('text')))
    # vim with 'backupcopy=yes': a copy aside, the file is cut and written again.
    open('text~', 'wb').write(open('text', 'rb').read())
    fd = os.open('text', os.O_WRONLY | os.O_TRUNC); os.write(fd, b'in place %d\\n' % round); os.fsync(fd); os.close(fd)
    os.unlink('text~'); print(open('text').read(), oct(keep('text')))
    # emacs and others: a temporary file of private mode, then the mode, then the name.
    fd = os.open('.#tmp', os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600); os.write(fd, b'emacs %d\\n' % round)
    os.fchmod(fd, mode); os.fsync(fd); os.close(fd); os.replace('.#tmp', 'text')
    print(open('text').read(), oct(keep('text')), sorted(os.listdir('.')))
END`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'records of a large file are read, changed and written back',
    `
    python3 - <<'END'
import hashlib, mmap, os, random, struct
random = random.Random(4)
size, record = 4_000_000, 512
with open('data', 'wb') as f:
    f.truncate(size)
with open('data', 'r+b') as f:
    for number in range(600):
        place = random.randrange(size // record) * record
        f.seek(place); count, = struct.unpack_from('<I', f.read(record))
        f.seek(place); f.write(struct.pack('<I', count + 1) + bytes([number % 251]) * (record - 4))
        if number % 200 == 0:
            f.flush(); os.fsync(f.fileno())
with open('data', 'r+b') as f, mmap.mmap(f.fileno(), 0) as m:
    for number in range(300):
        place = random.randrange(size // record) * record
        count, = struct.unpack_from('<I', m, place); struct.pack_into('<I', m, place, count + 1)
    m.flush()
data = open('data', 'rb').read()
print(len(data), sum(struct.unpack_from('<I', data, i)[0] for i in range(0, size, record)))
END
    sha256sum data`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'hundreds of small files in many directories, moved into place',
    `
    python3 - <<'END'
import json, os, shutil
for package in range(30):
    stage = f'node_modules/.staging-{package}'
    os.makedirs(stage + '/lib')
    json.dump({'name': f'p{package}', 'version': '1.0.0'}, open(stage + '/package.json', 'w'))
    for n in range(12):
        with open(f'{stage}/lib/m{n}.js', 'w') as f: f.write(f'module.exports = {n}\\n' * n)
    os.chmod(stage + '/lib/m1.js', 0o755)
    os.rename(stage, f'node_modules/p{package}')
shutil.rmtree('node_modules/p3')
print(len(os.listdir('node_modules')), sum(len(files) for _, _, files in os.walk('.')))
END`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'tar, cp -a and rsync -aH keep links, FIFOs, modes and times',
    `
    mkdir -p src/d; echo text > src/f; ln src/f src/d/hard; ln -s ../f src/d/soft; ln -s nowhere src/dangling
    mkfifo -m 640 src/fifo; chmod 2750 src/d; find src -exec touch -hd 2001-02-03T04:05:06.789 {} +
    show() { (cd $1; find . -printf '%P %y %m %n %l %TY-%Tm-%TdT%TT\\n' | sort); }
    show src > wanted; tar -cf a.tar src; mkdir untarred; tar -xpf a.tar -C untarred; cp -a src copied; rsync -aH src/ synced
    for copy in untarred/src copied synced; do
      show $copy | cmp wanted - && test $copy/f -ef $copy/d/hard && echo "$copy agrees"; done
    rsync -aHin src/ synced; rm a.tar wanted; rm -r src; cat copied/d/soft`,
    {
      programs: ['rsync'],
      impossible: {
        ...noLinks,
        native: noHardLinks,
      },
    },
  ),

  sameOnBoth(
    'ln -s, ln and their ways to fail',
    `
    echo text > f; mkdir d; ln -s f s; ln f h; ln -s d ds; ln -s nowhere dangling; cat s h; stat -c '%F %h %s' f s h
    for command in 'ln f h' 'ln -s f s' 'ln d e' 'ln none x' 'cat dangling' 'rmdir ds' 'ln -sfn other ds' 'readlink ds' 'rm -r ds' \\
      'ln -sf f h' 'readlink h' 'realpath s --relative-to=.'; do $command 2>&1 || echo "exit $?"; done; ls; stat -c '%h' f`,
    { impossible: { ...noLinks, native: noHardLinks } },
  ),
]
