/** `uftp-mount serve` and `--demo`: all on one machine. */

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { TestProcess } from '../support/mount/process.ts'
import { gone, processesWith } from '../support/mount/processes.ts'
import { requireFuse } from '../support/mount/requirements.ts'
import { useScratch } from '../support/mount/scratch-fixture.ts'
import { runShell } from '../support/mount/shell.ts'
import { until } from '../support/mount/until.ts'
import { programCommand } from '../support/project.ts'

const scratch = useScratch()

test('serve prints how to sign on, and the mount works with it', async (context) => {
  requireFuse(context)
  const { served, mountpoint } = makeDirectories()
  await using server = TestProcess.start([...programCommand('uftp-mount'), 'serve', served])
  const printed = await settings(server)
  const mount = await runMountCommand(
    [
      '--cacert',
      printed('cacert'),
      '-u',
      printed('user'),
      `${printed('auth-url')}:${served}`,
      mountpoint,
    ],
    { env: { UFTP_PASSWORD: printed('password') } },
  )
  expect(mount).toEqual({ code: 0, stdout: '', stderr: '' })
  expect((await runShell(mountpoint, 'cat file; echo back > new')).stdout).toBe('served\n')
  expect(readFileSync(join(served, 'new'), 'utf8')).toBe('back\n')
  for (const { pid } of processesWith(mountpoint)) process.kill(pid, 'SIGTERM')
  await gone(mountpoint)

  server.signal('SIGINT')
  expect(await server.wait(10_000)).toEqual({ code: 0, signal: null })
  expect(server.stderr().toString()).toBe('')
})

test('serve gives nothing above its directory', async (context) => {
  requireFuse(context)
  const { served, mountpoint } = makeDirectories()
  await using server = TestProcess.start([...programCommand('uftp-mount'), 'serve', served])
  const printed = await settings(server)
  const args = ['--cacert', printed('cacert'), '-u', printed('user')]
  const above = `${printed('auth-url')}:/etc`
  const result = await runMountCommand([...args, above, mountpoint], {
    env: { UFTP_PASSWORD: printed('password') },
  })
  expect(result).toMatchObject({ code: 5, stderr: expect.stringContaining('/etc') })
})

test('--password-file and the ports are as asked', async () => {
  const { served } = makeDirectories()
  const file = join(scratch(), 'password')
  writeFileSync(file, 'chosen before\n', { mode: 0o600 })
  const args = ['serve', served, '--password-file', file]
  await using server = TestProcess.start([...programCommand('uftp-mount'), ...args])
  const printed = await settings(server)
  expect(printed('password')).toBe('chosen before')
  const listenPort = printed('listen-port').split(':')[1]!
  server.signal('SIGTERM')
  expect(await server.wait(10_000)).toEqual({ code: 0, signal: null })
  const again = [...programCommand('uftp-mount'), ...args, '--port', listenPort]
  await using second = TestProcess.start(again)
  expect((await settings(second))('listen-port').split(':')[1]).toBe(listenPort)
})

test('--demo serves and mounts in one, and ends with its mount', async (context) => {
  requireFuse(context)
  const { served, mountpoint } = makeDirectories()
  const result = await runMountCommand(['--demo', served, mountpoint])
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect((await runShell(mountpoint, 'cat file; echo back > new')).stdout).toBe('served\n')
  expect(readFileSync(join(served, 'new'), 'utf8')).toBe('back\n')
  await endDemo(mountpoint)
  await gone(served)
  expect(findMount(mountpoint)).toBeUndefined()
})

test('--demo lists a directory with its own mount inside', async (context) => {
  requireFuse(context)
  const { served } = makeDirectories()
  const mountpoint = join(served, 'inside')
  mkdirSync(mountpoint)
  // Nothing is believed for any time: to look at the mount point is to ask the mount.
  const uncached = ['-o', 'attr_timeout=0,entry_timeout=0']
  const result = await runMountCommand(['--demo', ...uncached, served, mountpoint])
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect((await runShell(mountpoint, 'ls')).stdout).toBe('file\ninside\n')
  await endDemo(mountpoint)
})

async function endDemo(mountpoint: string): Promise<void> {
  for (const { pid, arguments: args } of processesWith(mountpoint)) {
    if (args.includes('--demo')) process.kill(pid, 'SIGTERM')
  }
  await gone(mountpoint)
}

function makeDirectories(): { served: string; mountpoint: string } {
  const served = mkdtempSync(join(scratch(), 'served.'))
  writeFileSync(join(served, 'file'), 'served\n')
  return { served, mountpoint: mkdtempSync(join(scratch(), 'mnt.')) }
}

/** The `name: value` lines that serve prints, once they are all there. */
async function settings(server: TestProcess): Promise<(name: string) => string> {
  await until('serve has printed its settings', () => {
    if (!server.running) throw new Error(server.stderr().toString())
    return server.stdout().includes('mount with: ') || undefined
  })
  const lines = server.stdout().toString()
  return (name) => {
    const value = new RegExp(`^${name}: (.*)$`, 'm').exec(lines)?.[1]
    if (value === undefined) throw new Error(`serve printed no ${name}:\n${lines}`)
    return value
  }
}
