/** The life of a mount of the native backend; what it serves is in files and names. */

import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildServer, MemoryMount } from '../../support/fuse/memory-mount.ts'
import { findMount } from '../../support/mount/mount-table.ts'
import { requireBackend, requireFuse, requireRoot } from '../../support/mount/requirements.ts'
import { runShell } from '../../support/mount/shell.ts'
import { until } from '../../support/mount/until.ts'

const backend = 'native'

beforeAll(buildServer)
beforeEach((context) => {
  requireFuse(context)
  requireBackend(context, backend)
  requireRoot(context, 'reads and sets what only root may')
})

describe('a native mount', () => {
  test('is seen with its type and source, and its read-ahead is raised', async () => {
    const settings = { backend, mount: { source: 'https://host:1/rest/auth/SITE:/a' } } as const
    await using mount = await MemoryMount.start({ settings })
    const [source, , type, options] = (await mount.shell('grep " $PWD " /proc/self/mounts')).split(
      ' ',
    )
    expect([source, type]).toEqual([settings.mount.source, 'fuse.uftp'])
    expect(options!.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']))
    const readAhead = 'cat /sys/class/bdi/$(mountpoint -d .)/read_ahead_kb'
    expect(await mount.shell(readAhead)).toBe('4096\n')
    expect(await mount.stop()).toEqual({
      code: 0,
      usage: { lookedUp: 1, files: 0, directories: 0 },
      errors: '',
    })
  })

  test('ends when it is unmounted from outside', async () => {
    await using mount = await MemoryMount.start({ settings: { backend } })
    await mount.shell('echo content > a; cat a')
    expect(await runShell('/', `umount '${mount.mountpoint}'`)).toMatchObject({ code: 0 })
    expect(await mount.server.wait(10_000)).toEqual({ code: 0, signal: null })
  })

  test('ends with SIGTERM unless it is in use', async () => {
    await using mount = await MemoryMount.start({ settings: { backend } })
    await using inside = mount.run('echo here; exec sleep 100')
    await until('the shell is in the mount', () => inside.stdout().includes('here'))
    mount.server.signal('SIGTERM')
    await until('the refusal', () => mount.server.stderr().includes('busy'))
    expect(await mount.shell('echo still > here; cat here')).toBe('still\n')
    await inside[Symbol.asyncDispose]()
    mount.server.signal('SIGTERM')
    expect(await mount.server.wait(10_000)).toEqual({ code: 0, signal: null })
    expect(findMount(mount.mountpoint)).toBeUndefined()
  })

  test('reads at most 1 MiB at once, whatever max_read is', async () => {
    const settings = { backend, mount: { maxReadBytes: 2 ** 30 } } as const
    await using mount = await MemoryMount.start({ settings })
    expect(findMount(mount.mountpoint)?.options).toContain('max_read=1048576')
  })

  test('shows a source that libfuse could not read', async () => {
    const settings = { backend, mount: { source: 'a,b\\c\nd' } } as const
    await using mount = await MemoryMount.start({ settings })
    expect(findMount(mount.mountpoint)?.source).toBe('a_b_c_d')
  })

  test('does not outlive a process that exits', async () => {
    await using mount = await MemoryMount.start({ settings: { backend } })
    mount.server.signal('SIGUSR2')
    expect(await mount.server.wait(10_000)).toEqual({ code: 7, signal: null })
    expect(findMount(mount.mountpoint)).toBeUndefined()
  })

  test('whose connection is cut is taken away, and that is a failure', async () => {
    await using mount = await MemoryMount.start({ settings: { backend } })
    await mount.shell('echo content > a')
    const connection = (await mount.shell('mountpoint -d .')).trim().split(':')[1]!
    const abort = `/sys/fs/fuse/connections/${connection}/abort`
    const cut = `exec unshare --mount bash -ec '
      mount -t fusectl none /sys/fs/fuse/connections; echo 1 > ${abort}'`
    expect(await runShell('/', cut)).toMatchObject({ code: 0 })
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
    expect(mount.server.stderr().toString()).toContain('connection abort')
    expect(findMount(mount.mountpoint)).toBeUndefined()
  })

  test('takes the place of one whose process was killed', async () => {
    await using dead = await MemoryMount.start({ settings: { backend } })
    dead.server.signal('SIGKILL')
    await dead.server.wait(10_000)
    expect(findMount(dead.mountpoint)).toBeDefined()
    const { mountpoint } = dead
    await using mount = await MemoryMount.start({ mountpoint, settings: { backend } })
    expect(await mount.shell('echo alive > a; cat a')).toBe('alive\n')
    expect(await mount.stop()).toMatchObject({ code: 0 })
    expect(findMount(mountpoint)).toBeUndefined()
  })

  test.each([
    ['noexec', /cannot pass the option noexec on; use --fuse-backend kernel/],
    ['noatime', /cannot pass the option noatime on/],
  ])('refuses the option %s, which it could not keep', async (flag, refusal) => {
    const settings = { backend, mount: { mountFlags: ['nosuid', 'nodev', flag] } } as const
    await using mount = MemoryMount.launch({ settings })
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
    expect(mount.server.stderr().toString()).toMatch(refusal)
  })

  test('refuses an inherited descriptor', async () => {
    await using mount = MemoryMount.launch({ mountpoint: '/dev/fd/0', settings: { backend } })
    expect(await mount.server.wait(10_000)).toMatchObject({ code: 2 })
    expect(mount.server.stderr().toString()).toContain('cannot serve /dev/fd/0')
  })
})
