/** What people mistype or do not know gets one clear line and the documented exit code. */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { MountProcess } from '../support/mount/mount-process.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { gone } from '../support/mount/processes.ts'
import { requireFuse } from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { runShell } from '../support/mount/shell.ts'

const usage = 1
const system = 2
const signOn = 3
const network = 4
const remotePath = 5

/** What a mistake is made in. */
interface Place {
  readonly authUrl: string
  readonly user: string
  readonly password: string
  readonly caFile: string
  readonly served: string
  readonly mountpoint: string
  readonly listenPort: string
}

interface BadInput {
  readonly name: string
  readonly args: (place: Place) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  readonly message: RegExp
}

const good = ({ caFile, user }: Place): string[] => ['--cacert', caFile, '-u', user]
const target = ({ authUrl, served }: Place): string => `${authUrl}/TEST:${served}`

const cases: readonly BadInput[] = [
  {
    name: 'a wrong password',
    args: (place) => [...good(place), target(place), place.mountpoint],
    env: { UFTP_PASSWORD: 'wrong' },
    code: signOn,
    message: /refused|password|credentials/i,
  },
  {
    name: 'an unknown user',
    args: (place) => [
      '--cacert',
      place.caFile,
      '-u',
      'nobody-knows',
      target(place),
      place.mountpoint,
    ],
    code: signOn,
    message: /refused|password|credentials/i,
  },
  {
    name: 'an unknown site',
    args: (place) => [...good(place), `${place.authUrl}/NOSUCH:${place.served}`, place.mountpoint],
    code: signOn,
    message: /NOSUCH/,
  },
  {
    name: 'a port where nobody listens',
    args: (place) => [...good(place), `https://127.0.0.1:1/rest/auth/TEST:/`, place.mountpoint],
    code: network,
    message: /127\.0\.0\.1:1\b.*(refused|ECONNREFUSED)/i,
  },
  {
    name: 'a host that does not exist',
    args: (place) => [...good(place), `https://no-such.invalid/rest/auth/TEST:/`, place.mountpoint],
    code: network,
    message: /no-such\.invalid/,
  },
  {
    name: 'a certificate that nobody vouches for',
    args: (place) => ['-u', place.user, target(place), place.mountpoint],
    code: network,
    message: /--cacert.*--insecure/,
  },
  {
    name: 'plain HTTP spoken to on an https port',
    args: (place) => [
      ...good(place),
      `https://${place.listenPort}/rest/auth/TEST:/`,
      place.mountpoint,
    ],
    code: network,
    message: /.+/,
  },
  {
    name: 'a CA file that is missing',
    args: (place) => ['--cacert', '/no/such/ca.pem', '-u', 'x', target(place), place.mountpoint],
    code: usage,
    message: /--cacert.*\/no\/such\/ca\.pem|\/no\/such\/ca\.pem/,
  },
  {
    name: 'a remote directory that is missing',
    args: (place) => [...good(place), `${target(place)}/nosuch`, place.mountpoint],
    code: remotePath,
    message: /\/nosuch.*(not exist|no such|missing|not found)/i,
  },
  {
    name: 'a remote directory that is a file',
    args: (place) => [...good(place), `${target(place)}/file`, place.mountpoint],
    code: remotePath,
    message: /\/file.*not a directory/i,
  },
  {
    name: 'a mountpoint that is missing',
    args: (place) => [...good(place), target(place), `${place.mountpoint}/nosuch`],
    code: system,
    message: /\/nosuch.*(not exist|no such|missing)/i,
  },
  {
    name: 'a mountpoint that is a file',
    args: (place) => [...good(place), target(place), place.caFile],
    code: system,
    message: /certificate\.pem.*not a directory/i,
  },
  {
    name: 'no mountpoint',
    args: (place) => [...good(place), target(place)],
    code: usage,
    message: /mountpoint/i,
  },
  { name: 'no arguments', args: () => [], code: usage, message: /target/i },
  {
    name: 'one argument too many',
    args: (place) => [...good(place), target(place), place.mountpoint, 'surplus'],
    code: usage,
    message: /TARGET MOUNTPOINT/,
  },
  {
    name: 'a target without a scheme',
    args: (place) => [...good(place), 'host.example.org:/dir', place.mountpoint],
    code: usage,
    message: /host\.example\.org:\/dir/,
  },
  {
    name: 'a target without a directory',
    args: (place) => [...good(place), `${place.authUrl}/TEST`, place.mountpoint],
    code: usage,
    message: /rest\/auth\/TEST/,
  },
  {
    name: 'a target that is no URL',
    args: (place) => [...good(place), 'https://[::1/rest/auth/TEST:/', place.mountpoint],
    code: usage,
    message: /https:\/\/\[::1/,
  },
  {
    name: 'a target with an impossible port',
    args: (place) => [...good(place), 'https://localhost:99999/rest/auth/TEST:/', place.mountpoint],
    code: usage,
    message: /99999/,
  },
  {
    name: 'an unknown option',
    args: (place) => ['--no-such-option', target(place), place.mountpoint],
    code: usage,
    message: /--no-such-option/,
  },
  {
    name: 'an unknown mount option',
    args: (place) => ['-o', 'ro,no_such_thing=3', target(place), place.mountpoint],
    code: usage,
    message: /no_such_thing/,
  },
  {
    name: 'a mount option with a senseless value',
    args: (place) => ['-o', 'attr_timeout=soon', target(place), place.mountpoint],
    code: usage,
    message: /attr_timeout.*soon/,
  },
  {
    name: 'a demo of what it would cover',
    args: ({ mountpoint }) => ['--demo', mountpoint, mountpoint],
    code: usage,
    message: /would hide what is served/,
  },
  {
    name: 'a demo of what lies below its mountpoint',
    args: ({ mountpoint }) => ['--demo', mountpoint, dirname(mountpoint)],
    code: usage,
    message: /would hide what is served/,
  },
  {
    name: 'a demo of nothing',
    args: ({ mountpoint }) => ['--demo', '/no/such', mountpoint],
    code: usage,
    message: /cannot serve \/no\/such: No such file or directory$/,
  },
  {
    name: 'a log file in no directory',
    args: (place) => [
      '--log-file',
      '/no/such/log',
      ...good(place),
      target(place),
      place.mountpoint,
    ],
    code: usage,
    message: /--log-file \/no\/such\/log: No such file or directory$/,
  },
  {
    name: 'no password and nobody to ask',
    args: (place) => [...good(place), target(place), place.mountpoint],
    env: { UFTP_PASSWORD: '' },
    code: usage,
    message: /UFTP_PASSWORD/,
  },
  {
    name: 'a one-time password that is unknown',
    args: (place) => [`uftpd://${place.listenPort}${place.served}`, place.mountpoint],
    env: { UFTP_ONE_TIME_PASSWORD: 'unknown' },
    code: signOn,
    message: /one-time|refused|transfer request/i,
  },
  {
    name: 'a uftpd target without a one-time password',
    args: (place) => [`uftpd://${place.listenPort}${place.served}`, place.mountpoint],
    code: usage,
    message: /UFTP_ONE_TIME_PASSWORD/,
  },
  {
    name: 'a uftpd where nobody listens',
    args: (place) => ['uftpd://127.0.0.1:1/tmp', place.mountpoint],
    env: { UFTP_ONE_TIME_PASSWORD: 'any' },
    code: network,
    message: /127\.0\.0\.1:1\b/,
  },
]

describe('uftp-mount answers', () => {
  const fixture = useOurServer()

  async function place(): Promise<Place> {
    const { server, scratch } = fixture()
    const { authUrl, user, password, caFile, listenPort } = server
    const served = await server.makeDirectory()
    writeFileSync(join(served, 'file'), 'not a directory')
    const mountpoint = mkdtempSync(join(scratch, 'mountpoint.'))
    return { authUrl, user, password, caFile, served, mountpoint, listenPort }
  }

  test.for(cases.map((badInput) => [badInput.name, badInput] as const))(
    '%s',
    async ([, { args, env, code, message }], context) => {
      requireFuse(context)
      const here = await place()
      for (const mode of [[], ['-f']]) {
        const result = await runMountCommand([...mode, ...args(here)], {
          env: { UFTP_PASSWORD: here.password, ...env },
        })
        expect(result).toEqual({ code, stdout: '', stderr: expect.stringMatching(/^[^\n]+$/) })
        expect(result.stderr).toMatch(/^uftp-mount: /)
        expect(result.stderr).toMatch(message)
        expect(result.stderr).not.toContain(here.password)
        expect(findMount(here.mountpoint)).toBeUndefined()
        await gone(here.mountpoint)
      }
    },
  )

  test('a mountpoint that is in use', async (context) => {
    requireFuse(context)
    const { server, scratch } = fixture()
    const here = await place()
    await using mount = await MountProcess.start(await server.signOn(here.served), {
      backend: 'kernel',
      parent: scratch,
    })
    const again = await runMountCommand([...good(here), target(here), mount.mountpoint], {
      env: { UFTP_PASSWORD: here.password },
    })
    expect(again).toMatchObject({ code: system, stdout: '' })
    expect(again.stderr).toMatch(
      /^uftp-mount: [^\n]*is there; unmount that first, or name another directory$/,
    )
    expect((await runShell(mount.mountpoint, 'ls')).stdout).toBe('file\n')
    expect(await mount.stop()).toEqual({ code: 0, signal: null })
  })
})
