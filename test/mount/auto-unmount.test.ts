/** -o auto_unmount: nothing stays mounted, however the process that serves it dies. */

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { MountProcess } from '../support/mount/mount-process.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { TestProcess } from '../support/mount/process.ts'
import { gone, processesWith } from '../support/mount/processes.ts'
import {
  ordinaryUser,
  requireBackend,
  requireFuse,
  requireOrdinaryUser,
} from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { becomeUser, runShell } from '../support/mount/shell.ts'
import { until } from '../support/mount/until.ts'

const fixture = useOurServer()

describe.for([
  ['kernel', 'whoever runs the tests', undefined],
  ['kernel', 'an ordinary user', ordinaryUser],
  ['native', 'whoever runs the tests', undefined],
  ['native', 'an ordinary user', ordinaryUser],
] as const)('auto_unmount, %s backend, by %s', ([backend, , user]) => {
  beforeEach((context) => requireBackend(context, backend))

  test('after kill -9 nothing is mounted, though somebody works in it', async (context) => {
    if (user) requireOrdinaryUser(context)
    else requireFuse(context)
    await using mounted = await mount()
    const { mountpoint, process } = mounted
    await using worker = TestProcess.start([
      ...(user ? [...becomeUser(user), '--'] : []),
      'bash',
      '-c',
      'cd "$0"; echo in; exec sleep 100',
      mountpoint,
    ])
    await until('somebody works in it', () => worker.stdout().length > 0 || undefined)
    process.signal('SIGKILL')
    await process.wait(10_000)
    await until('it is unmounted', () => findMount(mountpoint) === undefined)
    expect(worker.running).toBe(true)
    await worker[Symbol.asyncDispose]()
    await gone(mountpoint)
  })

  test.for(['SIGTERM', 'umount'] as const)(
    'after a clean end by %s nobody guards any more',
    async (way, context) => {
      if (user) requireOrdinaryUser(context)
      else requireFuse(context)
      await using mounted = await mount()
      const { mountpoint, process } = mounted
      expect(guards(mountpoint)).toHaveLength(1)
      if (way === 'SIGTERM') process.signal('SIGTERM')
      else await runShell('/', `fusermount3 -u '${mountpoint}'`, asUser)
      expect(await process.wait(20_000)).toEqual({ code: 0, signal: null })
      expect(findMount(mountpoint)).toBeUndefined()
      expect(processesWith(mountpoint)).toEqual([])
      expect(mounted.problems()).toEqual([])
    },
  )

  test('the guard stands apart: not in our session, nor holding the device, nor ended by signals', async (context) => {
    if (user) requireOrdinaryUser(context)
    else requireFuse(context)
    await using mounted = await mount()
    const { mountpoint, process: server } = mounted
    const [guard] = guards(mountpoint)
    const pid = guard!.pid
    const [, , , session] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    expect(Number(session)).toBe(pid)
    const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    expect(files).not.toContain('/dev/fuse')
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/')
    const named = () => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'uftp-unmounter\n'
    await until('ps shows what it is', named)
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.kill(pid, signal)
    server.signal('SIGKILL')
    await server.wait(10_000)
    await until('it is unmounted', () => findMount(mountpoint) === undefined)
  })

  test('the end of the guard is not kept secret', async (context) => {
    if (user) requireOrdinaryUser(context)
    else requireFuse(context)
    await using mounted = await mount()
    process.kill(guards(mounted.mountpoint)[0]!.pid, 'SIGKILL')
    await until('it is told', () => mounted.problems().length > 0 || undefined)
    expect(mounted.problems()).toEqual([expect.stringContaining('auto_unmount has no effect')])
    expect(await mounted.stop()).toEqual({ code: 0, signal: null })
  })

  test('a mount that came after is left alone', async (context) => {
    if (user) requireOrdinaryUser(context)
    else requireFuse(context)
    await using first = await mount()
    const { mountpoint } = first
    const [guard] = guards(mountpoint)
    // The guard sleeps while the mount is replaced.
    process.kill(guard!.pid, 'SIGSTOP')
    first.process.signal('SIGKILL')
    await first.process.wait(10_000)
    const { options, target, env } = await fixture().server.signOn(served)
    const second = await runMountCommand([...options, target, mountpoint], { env, user })
    expect(second).toEqual({ code: 0, stdout: '', stderr: '' })
    process.kill(guard!.pid, 'SIGCONT')
    await until('the guard is gone', () => guards(mountpoint).length === 0)
    expect((await runShell(mountpoint, 'cat file', asUser)).stdout).toBe('served\n')
    await runShell('/', `fusermount3 -u '${mountpoint}'`, asUser)
    await gone(mountpoint)
  })

  const asUser = user ? { user } : {}
  let served = ''

  async function mount(): Promise<MountProcess> {
    const { server, scratch } = fixture()
    served = await server.makeDirectory()
    writeFileSync(join(served, 'file'), 'served\n')
    const mounted = await MountProcess.start(await server.signOn(served), {
      backend,
      parent: scratch,
      options: ['-o', 'auto_unmount'],
      ...asUser,
    })
    // libfuse answers a moment after the kernel shows the mount.
    expect((await runShell(mounted.mountpoint, 'cat file', asUser)).stdout).toBe('served\n')
    return mounted
  }
})

function guards(mountpoint: string) {
  return processesWith(mountpoint).filter((process) => process.arguments[0] === 'sh')
}
