/** Whole programs that lean on a file system. */

import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario } from '../../support/mount/scenario.ts'

/** The index holds inode numbers and times of the moment, clones the place they came from. */
const ignore = ['*/.git/index', '*/.git/config', '*/.git/FETCH_HEAD', '*/.git/logs']

export const programs: readonly Scenario[] = [
  sameOnBoth(
    'git: init, add, commit, status, log, branch, fsck',
    `
    mkdir repository; cd repository; git init -q -b main; seq 1 5000 > numbers; mkdir -p src/deep
    for i in $(seq 1 40); do echo "file $i" > src/deep/f$i; done; chmod +x src/deep/f1
    git add .; git commit -q -m first; git status --porcelain; sed -i s/^1/one/ numbers; git status --porcelain
    git commit -qam second; git checkout -q -b side HEAD~1; echo side > src/side; git add src; git commit -qm side
    git checkout -q main; git merge -q --no-edit side; git log --oneline --graph; git fsck --strict 2>&1
    git diff --stat HEAD~1; git rm -q numbers; git stash -q; git stash pop -q; git status --porcelain`,
    {
      programs: ['git'],
      ignore,
      timeoutMs: 120_000,
    },
  ),

  sameOnBoth(
    'git: clone, repack, pull',
    `
    git init -q -b main a; cd a; seq 1 3000 > f; git add f; git commit -qm one; cd ..
    git clone -q a b; git clone -q --no-local a c; cd a; echo more >> f; git commit -qam two; cd ../b
    git pull -q; git log --format=%s; git -c pack.threads=1 repack -adq; git fsck 2>&1; cd ../c; git fetch -q
    git status -sb; git count-objects | cut -d, -f1`,
    { programs: ['git'], ignore, timeoutMs: 120_000 },
  ),

  sameOnBoth(
    'sqlite3: create, insert, select, update, vacuum',
    `
    sqlite3 db 'create table t (id integer primary key, name text); create index n on t (name)'
    seq 1 2000 | sed "s/.*/insert into t (name) values ('row &');/" | { echo 'begin;'; cat; echo 'commit;'; } | sqlite3 db
    sqlite3 db "select count(*), sum(id) from t; select id from t where name = 'row 777'"
    for i in 1 2 3 4 5; do sqlite3 db "update t set name = 'changed $i' where id = $i"; done
    sqlite3 db "delete from t where id > 1500; vacuum; pragma integrity_check; select name from t where id < 7"
    ls`,
    { programs: ['sqlite3'] },
  ),

  sameOnBoth(
    'sqlite3: two connections',
    `
    sqlite3 db 'create table t (a); insert into t values (1)'
    seq 1 8 | xargs -P4 -I@ sqlite3 -cmd '.timeout 20000' db 'insert into t values (@)'
    sqlite3 db 'select count(*), sum(a) from t; pragma integrity_check'`,
    {
      programs: ['sqlite3'],
      tree: 'attributes',
    },
  ),

  sameOnBoth(
    'python: shutil, tempfile, zipfile, json',
    `
    python3 - <<'END'
import json, os, shutil, tempfile, zipfile, pathlib
os.makedirs('d/e'); pathlib.Path('d/e/f').write_text('text\\n' * 1000)
json.dump({'a': list(range(1000))}, open('d/j.json', 'w')); print(len(json.load(open('d/j.json'))['a']))
shutil.copytree('d', 'copy'); shutil.copystat('d/e/f', 'copy/e/f')
with zipfile.ZipFile('z.zip', 'w') as z: z.writestr('f', 'x' * 10000)
print(zipfile.ZipFile('z.zip').testzip(), zipfile.ZipFile('z.zip').read('f')[:3])
with tempfile.TemporaryDirectory(dir='.') as t: pathlib.Path(t, 'x').write_text('y'); print(len(os.listdir('.')))
with tempfile.TemporaryFile(dir='.') as t: t.write(b'abc'); t.seek(0); print(t.read())
shutil.move('copy', 'moved'); shutil.rmtree('d'); print(sorted(os.listdir('.')), shutil.disk_usage('.').total > 0)
os.remove('z.zip')
END`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'an editor saves: write aside, fsync, rename',
    `
    seq 1 100 > text
    python3 - <<'END'
import os
for i in range(20):
    fd = os.open('.text.swp', os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(fd, b'version %d\\n' % i * 100); os.fsync(fd); os.close(fd)
    os.chmod('.text.swp', 0o644); os.rename('.text.swp', 'text')
    d = os.open('.', os.O_RDONLY); os.fsync(d); os.close(d)
    assert open('text').read().startswith('version %d' % i)
END
    tail -1 text; ls -A`,
    { programs: ['python3'] },
  ),
]
