/** From the start of a mount to its end, however it ends. */

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { MountProcess } from '../support/mount/mount-process.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { TestProcess } from '../support/mount/process.ts'
import { gone, processesWith } from '../support/mount/processes.ts'
import { isRoot, requireFuse, requirePrograms, requireRoot } from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { runShell } from '../support/mount/shell.ts'
import { until } from '../support/mount/until.ts'
import { programCommand } from '../support/project.ts'

const fixture = useOurServer()

describe('a mount in the background', () => {
  test('is usable when the command returns, and ends with its mount', async (context) => {
    requireFuse(context)
    const { mountpoint, served, result } = await mountInBackground()
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(findMount(mountpoint)?.type).toMatch(/^fuse/)
    const work = await runShell(mountpoint, 'cat file; echo written > new; sync new')
    expect(work).toEqual({ code: 0, stdout: 'served\n', stderr: '' })
    expect(readFileSync(join(served, 'new'), 'utf8')).toBe('written\n')

    await runShell('/', unmountCommand(mountpoint))
    expect(findMount(mountpoint)).toBeUndefined()
    await gone(mountpoint)
  })

  test('has left the terminal and the session that started it', async (context) => {
    requireFuse(context)
    const { mountpoint } = await mountInBackground()
    const [daemon] = processesWith(mountpoint)
    const status = readFileSync(`/proc/${daemon!.pid}/stat`, 'utf8').replace(/^.*\) /, '')
    const [, , , session, terminal] = status.split(' ')
    expect({ session, terminal }).toEqual({ session: String(daemon!.pid), terminal: '0' })
    process.kill(daemon!.pid, 'SIGTERM')
    await gone(mountpoint)
    expect(findMount(mountpoint)).toBeUndefined()
  })
})

describe('a mount ends', () => {
  test.for(['SIGTERM', 'SIGINT'] as const)(
    'by %s: what an open file holds reaches the server first',
    async (signal, context) => {
      requireFuse(context)
      requirePrograms(context, ['python3'])
      const { mount, served } = await mountInForeground()
      await using writer = TestProcess.start(['python3', '-c', holdOpen, mount.mountpoint])
      await until('the file is written', () => writer.stdout().length > 0 || undefined)
      expect(await mount.stop(signal)).toEqual({ code: 0, signal: null })
      expect(readFileSync(join(served, 'held')).length).toBe(300_000)
      expect(mount.problems()).toEqual([expect.stringContaining('the mount is in use')])
      await mount[Symbol.asyncDispose]()
    },
  )

  test.for([
    ['umount', (mountpoint: string) => `umount '${mountpoint}'`],
    ['fusermount3 -u', (mountpoint: string) => `fusermount3 -u '${mountpoint}'`],
    ['umount -l', (mountpoint: string) => `umount -l '${mountpoint}'`],
  ] as const)('by %s from outside: the process ends too', async ([name, command], context) => {
    requireFuse(context)
    if (name.startsWith('umount')) requireRoot(context, 'only root may umount')
    requirePrograms(context, ['fusermount3'])
    const { mount, served } = await mountInForeground()
    await runShell(mount.mountpoint, 'seq 1 100000 > numbers; echo x > small')
    expect(await runShell('/', command(mount.mountpoint))).toMatchObject({ code: 0 })
    expect(await mount.process.wait(10_000)).toEqual({ code: 0, signal: null })
    expect(findMount(mount.mountpoint)).toBeUndefined()
    expect(readFileSync(join(served, 'numbers')).length).toBe(588_895)
    expect(mount.problems()).toEqual([])
    await mount[Symbol.asyncDispose]()
  })

  test('when its connection is cut: with an error, and nothing stays mounted', async (context) => {
    requireFuse(context)
    requireRoot(context, 'it mounts the control file system of FUSE')
    const { mount } = await mountInForeground()
    const control = mkdtempSync(join(fixture().scratch, 'control.'))
    // In a mount namespace of its own: connections are the same everywhere.
    const script = `exec unshare --mount bash -ec 'mount -t fusectl none .; cd "$PWD"
      echo 1 > $(stat -c %Hd:%Ld "$MOUNTPOINT" | cut -d: -f2)/abort'`
    const cut = await runShell(control, script, { env: { MOUNTPOINT: mount.mountpoint } })
    expect(cut).toMatchObject({ code: 0, stderr: '' })
    expect(await mount.process.wait(20_000)).toEqual({ code: 2, signal: null })
    expect(mount.process.stderr().toString()).toMatch(/^uftp-mount: .*connection abort/m)
    expect(findMount(mount.mountpoint)).toBeUndefined()
    await mount[Symbol.asyncDispose]()
  })

  test('when its terminal is closed: what was written reaches the server, nobody crashes', async (context) => {
    requireFuse(context)
    requirePrograms(context, ['python3'])
    const { server, scratch } = fixture()
    const served = await makeServed()
    const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
    const { options, target, env } = await server.signOn(served)
    const command = [...programCommand('uftp-mount'), '-f', ...options, target, mountpoint]
    await using terminal = TestProcess.start(
      ['python3', '-c', closeTerminal, mountpoint, ...command],
      { env: { ...process.env, ...env } },
    )
    expect(await terminal.wait(30_000)).toEqual({ code: 0, signal: null })
    expect(terminal.stdout().toString()).toBe('exit status 0\n')
    expect(readFileSync(join(served, 'held')).length).toBe(300_000)
    expect(findMount(mountpoint)).toBeUndefined()
  })

  test('not while somebody works in it, unless told so', async (context) => {
    requireFuse(context)
    const { mount } = await mountInForeground()
    await using worker = TestProcess.start([
      'bash',
      '-c',
      'cd "$0"; echo in; sleep 60',
      mount.mountpoint,
    ])
    await until('somebody works in it', () => worker.stdout().length > 0 || undefined)
    const refused = await runShell('/', unmountCommand(mount.mountpoint))
    expect(refused.code).not.toBe(0)
    expect((await runShell(mount.mountpoint, 'cat file')).stdout).toBe('served\n')
    expect(await mount.stop()).toEqual({ code: 0, signal: null })
    await mount[Symbol.asyncDispose]()
  })

  test('and the next one over the same directory works', async (context) => {
    requireFuse(context)
    const { mountpoint, remount } = await mountInBackground()
    await runShell('/', unmountCommand(mountpoint))
    await gone(mountpoint)
    expect(await remount()).toMatchObject({ code: 0, stderr: '' })
    expect((await runShell(mountpoint, 'cat file')).stdout).toBe('served\n')
    await runShell('/', unmountCommand(mountpoint))
    await gone(mountpoint)
  })

  test('and one that was killed can be mounted over again', async (context) => {
    requireFuse(context)
    const { mountpoint, remount } = await mountInBackground()
    for (const { pid } of processesWith(mountpoint)) process.kill(pid, 'SIGKILL')
    await gone(mountpoint)
    expect(await remount()).toMatchObject({ code: 0, stderr: '' })
    expect((await runShell(mountpoint, 'cat file')).stdout).toBe('served\n')
    await runShell('/', unmountCommand(mountpoint))
    await gone(mountpoint)
    expect(findMount(mountpoint)).toBeUndefined()
  })
})

const holdOpen = `
import os, sys, time
f = os.open(os.path.join(sys.argv[1], 'held'), os.O_WRONLY | os.O_CREAT, 0o644)
os.write(f, b'x' * 300000)
print('written', flush=True)
time.sleep(60)`

/** Runs a command on a terminal of its own, writes to its mount, and closes the terminal. */
const closeTerminal = `
import os, pty, sys, time
mountpoint, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
while not os.path.ismount(mountpoint):
    time.sleep(0.02)
f = os.open(os.path.join(mountpoint, 'held'), os.O_WRONLY | os.O_CREAT, 0o644)
os.write(f, b'x' * 300000)
os.close(terminal)
print('exit status', os.waitpid(pid, 0)[1])`

function unmountCommand(mountpoint: string): string {
  return isRoot ? `umount '${mountpoint}'` : `fusermount3 -u '${mountpoint}'`
}

async function makeServed(): Promise<string> {
  const served = await fixture().server.makeDirectory()
  writeFileSync(join(served, 'file'), 'served\n')
  return served
}

async function mountInForeground(): Promise<{ mount: MountProcess; served: string }> {
  const { server, scratch } = fixture()
  const served = await makeServed()
  const signOn = await server.signOn(served)
  return { served, mount: await MountProcess.start(signOn, { backend: 'kernel', parent: scratch }) }
}

async function mountInBackground() {
  const { server, scratch } = fixture()
  const served = await makeServed()
  const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
  const { options, target, env } = await server.signOn(served)
  const remount = () => runMountCommand([...options, target, mountpoint], { env })
  return { served, mountpoint, remount, result: await remount() }
}
