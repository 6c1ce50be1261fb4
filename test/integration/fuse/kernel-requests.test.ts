/** How often the kernel asks: what it may keep, it keeps, and what is refused it asks for once. */

import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildServer, MemoryMount } from '../../support/fuse/memory-mount.ts'
import { requireFuse, requirePrograms, requireRoot } from '../../support/mount/requirements.ts'
import { until } from '../../support/mount/until.ts'

const hour = 3_600_000
const cached = { attributeTimeoutMs: hour, entryTimeoutMs: hour }

beforeAll(buildServer)
beforeEach((context) => {
  requireFuse(context)
  requireRoot(context, 'mounts without a helper')
  requirePrograms(context, ['python3'])
})

function start(filesystem = {}, many = 0) {
  const settings = { debug: true, many, filesystem: { ...cached, ...filesystem } }
  return MemoryMount.start({ settings })
}

function named(requests: readonly string[], name: string): readonly string[] {
  return requests.filter((line) => line.startsWith(`${name} `))
}

describe.each(['ls -l many', 'find many -type f', 'ls -lR many'])('%s', (command) => {
  test('of 10,000 files asks for none of them', async () => {
    await using mount = await start({}, 10_000)
    let output = ''
    const requests = await mount.requestsOf(async () => (output = await mount.shell(command)))
    expect(output.match(/f\d+$/gm)).toHaveLength(10_000)
    const aboutFiles = requests.filter((line) => !/^\w+ n[12]\b/.test(line))
    expect(aboutFiles).toEqual([])
    expect(named(requests, 'LOOKUP')).toEqual(['LOOKUP n1 "many"'])
    expect(named(requests, 'READDIRPLUS').length).toBeGreaterThan(0)
  })
})

describe('what is refused is asked for once:', () => {
  test.each([
    ['GETXATTR', `os.getxattr('f', 'user.a')`],
    ['SETXATTR', `os.setxattr('f', 'user.a', b'value')`],
    ['LISTXATTR', `os.listxattr('f')`],
    ['REMOVEXATTR', `os.removexattr('f', 'user.a')`],
    ['TMPFILE', `os.open('.', os.O_TMPFILE | os.O_RDWR)`],
  ])('%s', async (name, call) => {
    await using mount = await start()
    // Linux before 6.2 refuses TMPFILE itself.
    const expected = name === 'TMPFILE' && mount.protocolMinor() < 37 ? 0 : 1
    const requests = await mount.requestsOf(() =>
      mount.python(`
open('f', 'w').close()
for _ in range(3):
    try: ${call}
    except OSError as error: assert error.errno == 95`),
    )
    expect(named(requests, name)).toHaveLength(expected)
  })

  test.each([
    ['LSEEK', `os.lseek(fd, 0, os.SEEK_HOLE)`],
    ['FALLOCATE', `os.posix_fallocate(fd, 0, 10)`],
    ['COPY_FILE_RANGE', `os.copy_file_range(fd, out, 5, 0, 0)`],
    ['POLL', `poll.poll(0)`],
  ])('%s', async (name, call) => {
    await using mount = await start({ plain: true })
    const requests = await mount.requestsOf(() =>
      mount.python(`
import select
fd, out = (os.open(name, os.O_RDWR | os.O_CREAT) for name in ('f', 'g'))
os.write(fd, b'hello')
poll = select.poll(); poll.register(fd, select.POLLIN)
for _ in range(3): ${call}`),
    )
    expect(named(requests, name)).toHaveLength(1)
  })

  test('STATX, by file systems without birth times', async () => {
    await using mount = await start({ plain: true })
    const stat = 'touch f g; stat -c %W f; stat -c %W g; stat -c %W f'
    let output = ''
    const requests = await mount.requestsOf(async () => (output = await mount.shell(stat)))
    expect(output).toBe('0\n0\n0\n')
    expect(named(requests, 'STATX')).toHaveLength(mount.protocolMinor() < 39 ? 0 : 1)
    expect(named(requests, 'GETATTR').filter((line) => !line.startsWith('GETATTR n1 '))).toEqual([])
  })
})

test('birth times are asked for when a program wants them', async (context) => {
  await using mount = await start()
  context.skip(mount.protocolMinor() < 39, 'Linux before 6.6 does not ask for birth times')
  const output = await mount.shell(`
    before=$(date +%s); echo > f; touch -d 2001-01-01 f; after=$(date +%s)
    birth=$(stat -c %W f); test "$before" -le "$birth"; test "$birth" -le "$after"; stat -c %Y f`)
  expect(output).toBe('978307200\n')
  const requests = await mount.requestsOf(() => mount.shell('ls -l f; test -e f; stat -c %W f'))
  expect(named(requests, 'GETATTR').filter((line) => !line.startsWith('GETATTR n1 '))).toEqual([])
  expect(named(requests, 'STATX')).toEqual([])
})

test('the target of a link is read once', async () => {
  await using mount = await start()
  await mount.shell('echo x > f; ln -s f l')
  const requests = await mount.requestsOf(() => mount.shell('cat l; cat l; readlink l'))
  expect(named(requests, 'READLINK')).toHaveLength(1)
})

test('what the kernel forgets is forgotten', async () => {
  await using mount = await start({}, 5000)
  await mount.shell('ls -l many > /dev/null')
  expect((await mount.usage()).lookedUp).toBeGreaterThan(5000)
  // A remount drops the unused names of this mount alone.
  await mount.shell('cd /; mount -i -o remount,rw "$0"')
  await until('few are left', async () => (await mount.usage()).lookedUp < 5)
  expect(await mount.shell('ls many | wc -l')).toBe('5000\n')
})

test('a connection that is cut ends the server with an error', async () => {
  await using mount = await start()
  await mount.shell(`unshare -m bash -c '
    mount -t fusectl none /sys/fs/fuse/connections
    echo 1 > "/sys/fs/fuse/connections/$(stat -c %d .)/abort"'`)
  expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
  expect(mount.server.stderr().toString()).toContain('connection abort')
  await mount.shell('cd /; umount "$0"').catch(() => {})
})
