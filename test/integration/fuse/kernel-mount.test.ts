import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildServer, MemoryMount, someUser } from '../../support/fuse/memory-mount.ts'
import { findMount } from '../../support/mount/mount-table.ts'
import {
  isRoot,
  requireFuse,
  requirePrograms,
  requireRoot,
} from '../../support/mount/requirements.ts'
import { until } from '../../support/mount/until.ts'

beforeAll(buildServer)
beforeEach(requireFuse)

describe.each([
  { mounting: 'directly', user: undefined },
  { mounting: 'through fusermount3', user: someUser },
])('a mount made $mounting', ({ mounting, user }) => {
  beforeEach((context) => {
    requireRoot(context, user ? 'becomes another user' : 'mounts without a helper')
    if (user) requirePrograms(context, ['fusermount3', 'unshare', 'nsenter'])
  })

  test('serves ordinary programs and leaves nothing behind', async () => {
    await using mount = await MemoryMount.start({ user })
    const output = await mount.shell(`
      echo hello > a; echo again >> a; cat a
      mkdir -p 'd e/f'; mv a 'd e/f/b'; cp -p 'd e/f/b' c; cmp c 'd e/f/b'
      ln -s x y; readlink y; rm y
      printf x | dd of=c bs=1 seek=2 conv=notrunc status=none; cat c
      truncate -s 3 c; stat -c %s c
      chmod 640 c; stat -c %a c
      rm -r 'd e'; ls -a`)
    expect(output.split('\n')).toEqual([
      'hello',
      'again',
      'x',
      'hexlo',
      'again',
      '3',
      '640',
      '.',
      '..',
      'c',
      '',
    ])
    expect(await mount.stop()).toMatchObject({
      code: 0,
      usage: { files: 0, directories: 0 },
      errors: '',
    })
  })

  test('is seen with its type, source and options', async () => {
    const source = 'https://host:1/rest/auth/SITE:/a,b c'
    const settings = { mount: { source, readOnly: true } }
    await using mount = await MemoryMount.start({ user, settings })
    const line = (await mount.shell('grep " $PWD " /proc/self/mounts')).split(' ')
    expect(line[0]).toBe(source.replace(' ', String.raw`\040`))
    expect(line[2]).toBe('fuse.uftp')
    expect(line[3]?.split(',')).toEqual(
      expect.arrayContaining(['ro', 'nosuid', 'nodev', 'default_permissions', 'max_read=1048576']),
    )
    await expect(mount.shell('touch a')).rejects.toThrow('Read-only file system')
    await mount.stop()
  })

  test('ends with SIGTERM unless it is in use', async () => {
    await using mount = await MemoryMount.start({ user })
    await using inside = mount.run('echo here; exec sleep 100')
    await until('the shell is in the mount', () => inside.stdout().includes('here'))
    mount.server.signal('SIGTERM')
    await until('the refusal', () => mount.server.stderr().includes('busy'))
    expect(await mount.shell('echo still > here; cat here')).toBe('still\n')
    await inside[Symbol.asyncDispose]()
    expect(await mount.stop()).toMatchObject({ code: 0 })
  })

  test('does not outlive a process that exits, nor keep it from exiting, even in use', async () => {
    await using mount = await MemoryMount.start({ user })
    await using inside = mount.run('echo here; exec sleep 100')
    await until('the shell is in the mount', () => inside.stdout().includes('here'))
    mount.server.signal('SIGUSR2')
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 7 })
    expect(mounting === 'directly' ? findMount(mount.mountpoint) : undefined).toBeUndefined()
  })
})

describe.runIf(isRoot)('a mount', () => {
  test('unmounted from outside ends its server', async () => {
    await using mount = await MemoryMount.start()
    await using umount = mount.run('cd /; umount "$0"')
    await umount.wait(10_000)
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 0 })
  })

  test('whose server was killed is healed by the next one', async () => {
    await using first = await MemoryMount.start()
    first.server.signal('SIGKILL')
    await first.server.wait(10_000)
    await expect(first.shell('ls')).rejects.toThrow('Transport endpoint is not connected')
    await using second = await MemoryMount.start({ mountpoint: first.mountpoint })
    expect(await second.shell('echo alive > a; cat a')).toBe('alive\n')
    expect(await second.stop()).toMatchObject({ code: 0 })
    expect(findMount(first.mountpoint)).toBeUndefined()
  })

  test('has its kernel read-ahead raised', async () => {
    await using mount = await MemoryMount.start()
    const kib = await mount.shell(
      `cat /sys/class/bdi/$(grep " $PWD " /proc/self/mountinfo | cut -d' ' -f3)/read_ahead_kb`,
    )
    expect(kib).toBe('4096\n')
    await mount.stop()
  })

  test('keeps names that are not UTF-8, times before 1970, and bytes beyond 4 GiB', async () => {
    await using mount = await MemoryMount.start()
    const output = await mount.shell(String.raw`
      name=$'caf\xe9 \xff'; echo x > "$name"; ls | od -An -tx1; rm "$name"
      touch -d '1901-12-14 20:45:52.123456789' old; stat -c %.9Y old
      touch -m -d '2262-01-01' old; stat -c '%.9X %Y' old
      printf tail | dd of=big bs=1M seek=6000 status=none
      stat -c %s big; tail -c 4 big; dd if=big bs=1M skip=5999 count=1 status=none | tr -d '\0' | wc -c`)
    expect(output.split('\n')).toEqual([
      ' 63 61 66 e9 20 ff 0a',
      '-2147397247.876543211',
      '-2147397247.876543211 9214646400',
      '6291456004',
      'tail0',
      '',
    ])
    await mount.stop()
  })

  test('carries many bytes and many names without loss', async () => {
    await using mount = await MemoryMount.start()
    const output = await mount.shell(`
      head -c 100M /dev/urandom | tee random | sha256sum; sha256sum < random
      dd if=random of=copy bs=777777 status=none; cmp random copy
      dd if=random bs=1M iflag=direct status=none | cmp random
      mkdir many; cd many; seq -f f%g 5000 | xargs touch; ls | wc -l; ls -l | wc -l
      find . -type f | sort -u | wc -l; cd ..; rm -r many; ls`)
    const [written, read, ...rest] = output.split('\n')
    expect(read).toBe(written)
    expect(rest).toEqual(['5000', '5001', '5000', 'copy', 'random', ''])
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('survives many programs at once', async () => {
    await using mount = await MemoryMount.start()
    const output = await mount.shell(`
      for i in $(seq 16); do
        (mkdir d$i; for j in $(seq 20); do echo $i $j > d$i/$j; mv d$i/$j d$i/x$j; done; rm -r d$i) &
      done; wait; ls | wc -l`)
    expect(output).toBe('0\n')
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('lets a waiting program be interrupted', async () => {
    await using mount = await MemoryMount.start({ settings: { debug: true } })
    await using waiting = mount.run('exec stat stuck')
    await until('the request is under way', () => mount.server.stderr().includes('"stuck"'))
    waiting.signal('SIGINT')
    expect(await waiting.wait(10_000)).toMatchObject({ signal: 'SIGINT' })
    await until('the answer', () => /tx \d+ EINTR/.test(mount.server.stderr().toString()))
    expect(await mount.stop()).toMatchObject({ code: 0 })
  })

  test('forgets what changed elsewhere when told so', async () => {
    const hour = 3_600_000
    const filesystem = { keepCache: true, attributeTimeoutMs: hour, entryTimeoutMs: hour }
    await using mount = await MemoryMount.start({ settings: { filesystem } })
    await mount.shell('echo old bytes > shared; echo x > gone; cat shared gone')
    mount.server.signal('SIGUSR1')
    await until('the new bytes', async () => (await mount.shell('cat shared')) === 'NEW bytes\n')
    await until('the name is gone', async () => (await mount.shell('ls gone || true')) === '')
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })
})

describe.runIf(isRoot)('mounting fails, in words,', () => {
  test.each([
    ['on a directory that is missing', '/nonexistent/directory', 'No such file or directory'],
    ['on a file', '/etc/passwd', 'Not a directory'],
    ['on a mount', '/proc', 'Device or resource busy'],
  ])('%s', async (_, mountpoint, reason) => {
    await using mount = MemoryMount.launch({ mountpoint })
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
    expect(mount.server.stderr().toString()).toContain(`mountpoint ${mountpoint}`)
    expect(mount.server.stderr().toString()).toContain(reason)
  })

  test('without /dev/fuse', async () => {
    const prepare = `
      mount -t tmpfs none /mnt && mknod -m 666 /mnt/null c 1 3 && mknod -m 666 /mnt/urandom c 1 9 &&
      mount --move /mnt /dev`
    await using mount = MemoryMount.launch({ prepare, mountpoint: '/srv' })
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
    expect(mount.server.stderr().toString()).toContain('load the kernel module `fuse`')
  })

  test('for other users without leave in /etc/fuse.conf', async (context) => {
    requirePrograms(context, ['fusermount3'])
    const settings = { mount: { allowOther: true } }
    await using mount = MemoryMount.launch({ user: someUser, settings })
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
    expect(mount.server.stderr().toString()).toContain('user_allow_other')
  })

  test('for a user without fusermount3', async (context) => {
    requirePrograms(context, ['fusermount3'])
    const prepare = 'mount --bind /dev/null "$(command -v fusermount3)"'
    await using mount = MemoryMount.launch({ user: someUser, prepare })
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
    expect(mount.server.stderr().toString()).toContain('package fuse3')
  })
})
