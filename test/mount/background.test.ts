/** The command that mounts in the background: when it has failed, nothing is left of it. */

import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { TestProcess } from '../support/mount/process.ts'
import { gone, processesWith, type ProcessView } from '../support/mount/processes.ts'
import { requireFuse, requirePrograms } from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { runShell } from '../support/mount/shell.ts'
import { until } from '../support/mount/until.ts'
import { programCommand } from '../support/project.ts'

const fixture = useOurServer()

test('interrupted when its mount is there already: it goes, and that is no success', async (context) => {
  requireFuse(context)
  const mountpoint = mkdtempSync(join(fixture().scratch, 'mnt.'))
  await using command = await startStopped(mountpoint, [])
  command.signal('SIGINT')
  command.signal('SIGCONT')
  expect(await command.wait(20_000)).toEqual({ code: 130, signal: null })
  expect(command.stderr().toString()).toBe('uftp-mount: interrupted\n')
  expect(findMount(mountpoint)).toBeUndefined()
  await gone(mountpoint)
})

test('a mount that does not answer is taken away again', async (context) => {
  requireFuse(context)
  const { server, scratch } = fixture()
  const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
  await using command = await startStopped(mountpoint, ['-o', 'attr_timeout=0,timeout=1'])
  for (const pid of server.processIds) process.kill(pid, 'SIGSTOP')
  try {
    command.signal('SIGCONT')
    expect(await command.wait(40_000)).toEqual({ code: 2, signal: null })
  } finally {
    for (const pid of server.processIds) process.kill(pid, 'SIGCONT')
  }
  expect(command.stderr().toString()).toMatch(/^uftp-mount: .*is mounted, but does not answer.*\n$/)
  expect(findMount(mountpoint)).toBeUndefined()
  await gone(mountpoint)
})

test('what its caller has open, locks above all, is not kept by what it leaves behind', async (context) => {
  requireFuse(context)
  requirePrograms(context, ['flock'])
  const { server, scratch } = fixture()
  const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
  const lock = join(scratch, 'lock')
  const locked = ['bash', '-c', 'exec 200>"$0"; flock 200; exec "$@"', lock]
  const args = ['-o', 'auto_unmount', '--demo', await server.makeDirectory(), mountpoint]
  expect(await runMountCommand(args, { through: locked })).toMatchObject({ code: 0, stderr: '' })
  // The daemon, its servers and the guard are running.
  expect(processesWith(mountpoint).length).toBeGreaterThan(1)
  expect(await runShell('/', `flock -n '${lock}' echo free`)).toMatchObject({ stdout: 'free\n' })
  await runShell('/', `fusermount3 -u '${mountpoint}'`)
  await gone(mountpoint)
})

/** The command, stopped while its mount process goes on; resolves when that has mounted. */
async function startStopped(mountpoint: string, args: readonly string[]): Promise<TestProcess> {
  const { server } = fixture()
  const served = await server.makeDirectory()
  chmodSync(served, 0o755)
  writeFileSync(join(served, 'file'), 'served\n')
  const { options, target, env } = await server.signOn(served)
  const words = [...programCommand('uftp-mount'), ...args, ...options, target, mountpoint]
  const command = TestProcess.start(words, { env: { ...process.env, ...env } })
  await until('the mount process runs', () => {
    const others = processesWith(mountpoint).filter(({ pid }) => pid !== command.pid)
    return others.some(isProgram)
  })
  command.signal('SIGSTOP')
  await until('it has mounted', () => findMount(mountpoint) !== undefined)
  return command
}

/** Has begun and set its title: by then it has been told all that it is told at the start. */
function isProgram({ pid, arguments: words }: ProcessView): boolean {
  return words[0] === 'uftp-mount' && readdirSync(`/proc/${pid}/task`).length > 1
}
