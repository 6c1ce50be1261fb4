/** What the machine, its administrator or other users refuse gets one clear line and exit code 2. */

import { chmodSync, chownSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runMountCommand, type CommandResult } from '../support/mount/command-line.ts'
import { MountProcess } from '../support/mount/mount-process.ts'
import { findMount } from '../support/mount/mount-table.ts'
import { gone } from '../support/mount/processes.ts'
import {
  ordinaryUser,
  requireBackend,
  requireFuse,
  requireOrdinaryUser,
  requireRoot,
} from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import type { UserIds } from '../support/mount/shell.ts'

const fixture = useOurServer()

interface Refusal {
  readonly name: string
  /** Undefined: root. */
  readonly user?: UserIds
  readonly options?: readonly string[]
  /** Run by root, in a mount namespace of the command and in an empty directory. */
  readonly prepare?: string
  /** Starts the command after that. */
  readonly through?: readonly string[]
  readonly message: RegExp
  /** libfuse does not tell. */
  readonly kernelAlone?: true
}

/** A /dev with all that Node needs, but no fuse. */
const hideFuse = `
  mount -t tmpfs tmpfs .; cd "$PWD"; mkdir shm; mount --rbind /dev/shm shm
  mknod -m 666 null c 1 3; mknod -m 666 urandom c 1 9; mount --rbind . /dev; cd /`

const ownDevice = 'mknod -m 600 fuse c 10 229; mount --bind fuse /dev/fuse'

const without = (powers: string): readonly string[] => [
  'setpriv',
  `--bounding-set=${powers}`,
  `--inh-caps=${powers}`,
  '--',
]

const refusals: readonly Refusal[] = [
  { name: 'root: no /dev/fuse', prepare: hideFuse, message: /\/dev\/fuse is missing.*module/ },
  {
    name: 'root: a /dev/fuse that is something else',
    prepare: 'touch fuse; mount --bind fuse /dev/fuse',
    message: /\/dev\/fuse is not the FUSE device/,
  },
  {
    name: 'root: no access to /dev/fuse',
    prepare: `${ownDevice}; chown ${ordinaryUser.uid} fuse`,
    through: without('-dac_override,-dac_read_search'),
    message: /\/dev\/fuse is not for you.*0666/,
  },
  {
    name: 'root that may not mount',
    through: without('-sys_admin'),
    message: /mount on .*(permission denied|must be superuser)/i,
    kernelAlone: true,
  },
  {
    name: 'a user: no /dev/fuse',
    user: ordinaryUser,
    prepare: hideFuse,
    message: /\/dev\/fuse is missing.*module/,
  },
  {
    name: 'a user: no access to /dev/fuse',
    user: ordinaryUser,
    prepare: ownDevice,
    message: /\/dev\/fuse is not for you.*0666/,
  },
  {
    name: 'a user: no fusermount3',
    user: ordinaryUser,
    prepare: `for program in fusermount3 fusermount; do
      path=$(command -v $program) && mount --bind /dev/null "$path"; done; true`,
    message: /fusermount3 \(package fuse3\)/,
  },
  {
    name: 'a user: fusermount3 without the set-uid bit',
    user: ordinaryUser,
    prepare: `path=$(command -v fusermount3); cp "$path" helper; mount --bind helper "$path"`,
    message: /fusermount3 is not set-uid root/,
  },
  {
    name: 'a user with no_new_privs',
    user: ordinaryUser,
    through: ['setpriv', '--no-new-privs', '--'],
    message: /no_new_privs/,
  },
  {
    name: 'a user: allow_other without leave',
    user: ordinaryUser,
    options: ['-o', 'allow_other'],
    prepare: 'mount --bind /dev/null /etc/fuse.conf',
    message: /"user_allow_other" in \/etc\/fuse\.conf/,
  },
]

const cases = refusals.flatMap((refusal) => [
  ['kernel', refusal.name, refusal, [[], ['-f']]] as const,
  ...(refusal.kernelAlone ? [] : [['native', refusal.name, refusal, [['-f']]] as const]),
])

describe('refused:', () => {
  test.for(cases)('%s backend, %s', async ([backend, , refusal, modes], context) => {
    const { user, options = [], prepare = ':', through = [], message } = refusal
    if (user) requireOrdinaryUser(context)
    requireFuse(context)
    requireBackend(context, backend)
    requireRoot(context, 'it changes what the command sees in a mount namespace')
    const mountpoint = makeMountpoint(user)
    const script = `cd "$0"; ${prepare}; cd /; exec "$@"`
    for (const mode of modes) {
      const workplace = mkdtempSync(join(fixture().scratch, 'namespace.'))
      const namespace = ['unshare', '--mount', 'bash', '-ec', script, workplace]
      const result = await attempt(
        mountpoint,
        user,
        [...mode, `--fuse-backend=${backend}`, ...options],
        [...namespace, ...through],
      )
      expect(result).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
      expect(result.stderr).toMatch(/^uftp-mount: [^\n]+$/)
      expect(findMount(mountpoint)).toBeUndefined()
      await gone(mountpoint)
    }
  })

  test('a user: a mountpoint that is somebody else’s', async (context) => {
    requireOrdinaryUser(context)
    const mountpoint = makeMountpoint(undefined)
    chmodSync(mountpoint, 0o755)
    const result = await attempt(mountpoint, ordinaryUser)
    expect(result).toMatchObject({ code: 2, stderr: expect.stringMatching(/no write access/) })
    expect(findMount(mountpoint)).toBeUndefined()
  })

  test.for(['allow_suid', 'allow_dev'])('a user: -o %s', async (options, context) => {
    requireOrdinaryUser(context)
    const result = await attempt(makeMountpoint(ordinaryUser), ordinaryUser, ['-o', options])
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/only root may mount/) })
  })

  test.for([
    ['a living mount of root', undefined, false],
    ['a dead mount of root', undefined, true],
    ['a dead mount of root that all may use', undefined, true, ['-o', 'allow_other']],
  ] as const)('a user: on %s', async ([, owner, isDead, options = []], context) => {
    requireOrdinaryUser(context)
    await using mounted = await mount(owner, options)
    if (isDead) await kill(mounted)
    const { code, stderr } = await attempt(mounted.mountpoint, ordinaryUser)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/fuse\.uftp\) of user 0 is there; name another directory$/m),
    })
  })

  test('root: on a dead mount of a user, which root cannot tell from a living one', async (context) => {
    requireOrdinaryUser(context)
    await using mounted = await mount(ordinaryUser, [])
    await kill(mounted)
    const { code, stderr } = await attempt(mounted.mountpoint, undefined)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /fuse\.uftp\) of user 65534 is there; unmount that first, or name/,
      ),
    })
  })
})

function makeMountpoint(owner: UserIds | undefined): string {
  const mountpoint = mkdtempSync(join(fixture().scratch, 'mountpoint.'))
  if (owner) chownSync(mountpoint, owner.uid, owner.gid)
  return mountpoint
}

async function attempt(
  mountpoint: string,
  user: UserIds | undefined,
  args: readonly string[] = [],
  through: readonly string[] = [],
): Promise<CommandResult> {
  const { options, target, env } = await fixture().server.signOn(fixture().scratch)
  return runMountCommand([...args, ...options, target, mountpoint], { env, user, through })
}

async function mount(user: UserIds | undefined, options: readonly string[]): Promise<MountProcess> {
  const { server, scratch } = fixture()
  const settings = { backend: 'kernel', parent: scratch, options, ...(user && { user }) } as const
  return MountProcess.start(await server.signOn(scratch), settings)
}

async function kill({ process }: MountProcess): Promise<void> {
  process.signal('SIGKILL')
  await process.wait(10_000)
}
