/** The programs uftpd and uftp-authserver: what they print, and how they end. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selfSignedCredential } from '../../../src/server/auth/self-signed.ts'

const bin = join(import.meta.dirname, '../../../bin')
let directory: string
let properties: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'programs-'))
  const { certificate, key } = await selfSignedCredential()
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, text)
    return path
  }
  properties = [
    'container.host=127.0.0.1',
    'container.port=0',
    `container.security.credential.path=${await file('server.pem', `${certificate}\n${key}`)}`,
    `container.security.rest.authentication.PASSWORD.file=${await file('users', '')}`,
    `container.security.attributes.FILE.file=${await file('map.json', '{}')}`,
    'authservice.servers=TEST',
    'authservice.server.TEST.host=127.0.0.1',
    'authservice.server.TEST.ssl=false',
  ].join('\n')
  await file('container.properties', properties)
  await file('broken.properties', 'container.port=x')
  await file('uftpd.conf', 'export CMD_PORT=0\nexport SERVER_PORT=0\nexport LOG_VERBOSE=1\n')
})

afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program; sends `signal` once it has printed `lines` lines. */
async function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  signal?: { readonly name: NodeJS.Signals; readonly lines: number },
): Promise<Run> {
  const child = spawn(process.execPath, [join(bin, program), ...args], {
    env: { ...process.env, ...environment },
    cwd: directory,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece: Buffer) => {
    stdout += String(piece)
    if (signal && stdout.split('\n').length > signal.lines) child.kill(signal.name)
  })
  child.stderr.on('data', (piece: Buffer) => (stderr += String(piece)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (name) => {
  test('ends uftpd, which has printed its addresses', async () => {
    const { code, stdout } = await run('uftpd', ['-c', 'uftpd.conf'], {}, { name, lines: 2 })
    expect(stdout).toMatch(/^command-port: \S+:\d+\nlisten-port: \S+:\d+\n$/)
    expect(code).toBe(0)
  })

  test('ends uftp-authserver, which has printed its URL', async () => {
    const args = ['-c', 'container.properties']
    const { code, stdout } = await run('uftp-authserver', args, {}, { name, lines: 1 })
    expect(stdout).toMatch(/^auth-url: https:\/\/127\.0\.0\.1:\d+\/rest\/auth\n$/)
    expect(code).toBe(0)
  })
})

test.each([
  ['uftpd', ['-c', 'missing.conf'], {}, 'uftpd: cannot read the configuration: ENOENT'],
  ['uftpd', ['-c', 'uftpd.conf'], { CMD_PORT: 'x' }, "uftpd: CMD_PORT: 'x' is not a port"],
  ['uftpd', [], { CMD_HOST: '192.0.2.1', SERVER_PORT: '0' }, 'uftpd: listen EADDRNOTAVAIL'],
  ['uftp-authserver', ['-c', 'broken.properties'], {}, 'uftp-authserver: container.'],
  ['uftp-authserver', ['-c', 'missing'], {}, 'uftp-authserver: cannot read the configuration'],
])('%s %j with %j ends with one line and 1', async (program, args, environment, message) => {
  const { code, stdout, stderr } = await run(program, args, environment)
  expect(stderr).toContain(message)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect([code, stdout]).toEqual([1, ''])
})
