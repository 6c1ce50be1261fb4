import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildServer, MemoryMount } from '../../support/fuse/memory-mount.ts'
import {
  requireBackend,
  requireFuse,
  requirePrograms,
  requireRoot,
} from '../../support/mount/requirements.ts'
import { until } from '../../support/mount/until.ts'

beforeAll(buildServer)
beforeEach((context) => {
  requireFuse(context)
  requireRoot(context, 'mounts without a helper')
  requirePrograms(context, ['python3'])
})

describe.each(['kernel', 'native'] as const)('names on a mount of the %s backend', (backend) => {
  beforeEach((context) => requireBackend(context, backend))
  const settings = { backend }

  test('can be symbolic links, to anything', async () => {
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.shell(String.raw`
      echo content > file; mkdir d; ln -s ../file d/l; readlink d/l; cat d/l
      ln -s nowhere/at/all dangling; test -L dangling; test ! -e dangling
      long=$(printf x%.0s {1..4095}); ln -s "$long" long; readlink long | wc -c
      stat -c '%F %s %A' d/l; rm file; cat d/l 2>/dev/null || echo gone
      ln -s elsewhere d/l2; mv d/l2 d/l; readlink d/l; ls -l d | cut -c1`)
    expect(output.split('\n')).toEqual([
      '../file',
      'content',
      '4096',
      'symbolic link 7 lrwxrwxrwx',
      'gone',
      'elsewhere',
      't',
      'l',
      '',
    ])
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('can be fifos and sockets, which the kernel serves, and no devices', async () => {
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.shell(`
      mkfifo -m 640 p; stat -c '%F %a' p; (echo through > p) & cat p; wait
      mknod c c 1 3 2>/dev/null || echo no device; test ! -e c`)
    expect(output).toBe('fifo 640\nthrough\nno device\n')
    const socket = await mount.python(`
import socket
server = socket.socket(socket.AF_UNIX); server.bind('s'); server.listen()
client = socket.socket(socket.AF_UNIX); client.connect('s'); client.send(b'hello')
print(server.accept()[0].recv(5))
os.mknod('plain', 0o640); print(oct(os.stat('plain').st_mode))`)
    expect(socket).toBe("b'hello'\n0o100640\n")
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('are exchanged, and not replaced when that is asked', async () => {
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.python(`
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def rename(old, new, flags):
    failed = libc.renameat2(-100, old.encode(), -100, new.encode(), flags)
    print(errno.errorcode[ctypes.get_errno()] if failed else 'ok')
NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
open('a', 'w').write('a'); os.mkdir('d'); open('d/b', 'w').write('b')
rename('a', 'd/b', NOREPLACE)
rename('a', 'd/b', EXCHANGE)
print(open('a').read(), open('d/b').read())
rename('a', 'd', EXCHANGE)
print(os.path.isdir('a'), os.listdir('a'), os.path.isfile('d'))
rename('a/b', 'none', EXCHANGE)
rename('a/b', 'none', WHITEOUT)
rename('a/b', 'c', NOREPLACE)
print(sorted(os.listdir('.')))`)
    expect(output.split('\n')).toEqual([
      'EEXIST',
      'ok',
      'b a',
      'ok',
      "True ['b'] True",
      'ENOENT',
      'EINVAL',
      'ok',
      "['a', 'c', 'd']",
      '',
    ])
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })
})

describe('names on a mount', () => {
  test('can be several of one file', async () => {
    await using mount = await MemoryMount.start()
    const output = await mount.shell(`
      echo one > a; ln a b; stat -c %h a b; test a -ef b; echo two >> b; cat a
      rm a; stat -c %h b; cat b; mkdir d; ln d e 2>/dev/null || echo no
      ln b d/c; rm b; cat d/c; stat -c %h d/c`)
    expect(output).toBe('2\n2\none\ntwo\n1\none\ntwo\nno\none\ntwo\n1\n')
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('and targets of links are bytes', async () => {
    await using mount = await MemoryMount.start()
    const output = await mount.shell(String.raw`
      ln -s $'caf\xe9' $'\xff'; readlink $'\xff' | od -An -tx1; ls -b`)
    expect(output).toBe(' 63 61 66 e9 0a\n\\377\n')
  })

  test('are asked for again when in doubt, and those who work there stay', async (context) => {
    const hour = 3_600_000
    const filesystem = { attributeTimeoutMs: hour, entryTimeoutMs: hour }
    await using mount = await MemoryMount.start({ settings: { filesystem, debug: true } })
    context.skip(mount.protocolMinor() < 38, 'Linux before 6.2 drops such names')
    await mount.shell('mkdir kept; mkfifo gate; echo > shared; echo > gone')
    await using inside = mount.run('cd kept; echo here; cat ../gate; exec readlink /proc/self/cwd')
    await until('the shell is in the directory', () => inside.stdout().includes('here'))
    mount.server.signal('SIGUSR1')
    // Told later than `kept`.
    await until('the name is gone', async () => (await mount.shell('ls gone || true')) === '')
    await mount.shell('echo told > gate')
    expect(await inside.wait(10_000)).toMatchObject({ code: 0 })
    expect(inside.stdout().toString()).toBe(`here\ntold\n${mount.mountpoint}/kept\n`)
    expect(await mount.stop()).toMatchObject({ code: 0 })
  })
})
