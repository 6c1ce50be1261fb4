/** The password is nowhere where others could read it. */

import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { MountProcess } from '../support/mount/mount-process.ts'
import { allProcesses, gone, processesWith } from '../support/mount/processes.ts'
import { requireFuse } from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { runShell } from '../support/mount/shell.ts'
import { programCommand } from '../support/project.ts'
import { TestProcess } from '../support/mount/process.ts'
import { until } from '../support/mount/until.ts'
import { findMount } from '../support/mount/mount-table.ts'

const fixture = useOurServer()

test('a password typed with -u is not in any command line, /proc/mounts or environment', async (context) => {
  requireFuse(context)
  const { server, scratch } = fixture()
  const served = await server.makeDirectory()
  const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
  const args = ['--cacert', server.caFile, '-u', `${server.user}:${server.password}`]
  const result = await runMountCommand([...args, `${server.authUrl}/TEST:${served}`, mountpoint])
  expect(result).toEqual({ code: 0, stdout: '', stderr: '' })

  const commandLines = allProcesses().map((process) => process.arguments.join(' '))
  expect(commandLines.filter((line) => line.includes(server.password))).toEqual([])
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(server.password)
  const [daemon] = processesWith(mountpoint)
  const environment = readFileSync(`/proc/${daemon!.pid}/environ`, 'utf8')
  expect(environment).not.toContain(server.password)
  process.kill(daemon!.pid, 'SIGTERM')
  await gone(mountpoint)
})

test('the password vanishes from the visible command line at once', async (context) => {
  requireFuse(context)
  const { server, scratch } = fixture()
  const served = await server.makeDirectory()
  const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
  const args = ['-f', '--cacert', server.caFile, '-u', `${server.user}:${server.password}`]
  await using child = TestProcess.start([
    ...programCommand('uftp-mount'),
    ...args,
    `${server.authUrl}/TEST:${served}`,
    mountpoint,
  ])
  await until('it is mounted', () => findMount(mountpoint))
  const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
  expect(commandLine).toContain(mountpoint)
  expect(commandLine).not.toContain(server.password)
  child.signal('SIGTERM')
  expect(await child.wait(20_000)).toEqual({ code: 0, signal: null })
})

test('a debug log of a whole session holds no password of any kind', async (context) => {
  requireFuse(context)
  const { server, scratch } = fixture()
  const served = await server.makeDirectory()
  await using mount = await MountProcess.start(await server.signOn(served), {
    backend: 'kernel',
    parent: scratch,
    options: ['-d'],
  })
  await runShell(mount.mountpoint, 'echo x > a; cat a; ls -l; mkdir d; rm -r a d')
  await mount.stop()
  const log = mount.output()
  expect(log).toMatch(/LOOKUP/)
  expect(log).not.toContain(server.password)
  const basic = Buffer.from(`${server.user}:${server.password}`).toString('base64')
  expect(log).not.toContain(basic)
  expect(log).not.toMatch(/PASS (?!\*\*\*)\S/)
  expect(log).not.toMatch(/secret["':= ]+(?!"?\*\*\*)[a-z]{20}/i)
})
