/** A mountpoint written /dev/fd/N: somebody else has mounted, and hands the device to us. */

import { mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, type TestContext } from 'vitest'
import { runMountCommand } from '../support/mount/command-line.ts'
import { logProblems } from '../support/mount/log-problems.ts'
import { detachMount, findMount } from '../support/mount/mount-table.ts'
import { TestProcess } from '../support/mount/process.ts'
import { gone, processesWith } from '../support/mount/processes.ts'
import { requireFuse, requirePrograms, requireRoot } from '../support/mount/requirements.ts'
import { useOurServer } from '../support/mount/server-fixture.ts'
import { runShell } from '../support/mount/shell.ts'
import { until } from '../support/mount/until.ts'
import { programCommand } from '../support/project.ts'

const fixture = useOurServer()

/** Mounts on argv[1], nosuid, and becomes the program argv[6:] with the device at descriptor argv[2]. */
const mountAndPassOn = `
import ctypes, os, sys
mountpoint, number, flags, is_served, owner_options, *command = sys.argv[1:]
fd = os.open('/dev/fuse', os.O_RDWR | int(flags))
options = f'fd={fd},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}{owner_options}'
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b'owner', mountpoint.encode(), b'fuse.uftp', 2, options.encode()) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
if int(is_served):
    os.read(fd, 2 ** 21)
os.dup2(fd, int(number))
os.set_inheritable(int(number), True)
os.execv(command[0], command)`

const nonBlocking = 0o4000

/** What a dead mount answers; the second if the question came while it died. */
const dead = /not connected|connection abort/

describe('a mount by somebody else', () => {
  test.for([
    ['is served until its owner unmounts it', 0],
    ['is served though its device was opened non-blocking', nonBlocking],
  ] as const)('%s', async ([, flags], context) => {
    requireOwner(context)
    await using mounted = await inherit(9, { flags })
    const { mountpoint, served, server } = mounted
    const work = await runShell(mountpoint, 'cat file; seq 1 100000 > numbers; mkdir d; ls')
    expect(work).toEqual({ code: 0, stdout: 'served\nd\nfile\nnumbers\n', stderr: '' })
    expect(readFileSync(join(served, 'numbers')).length).toBe(588_895)
    expect(await runShell('/', `umount '${mountpoint}'`)).toMatchObject({ code: 0 })
    expect(await server.wait(10_000)).toEqual({ code: 0, signal: null })
    expect(logProblems(server.stderr().toString())).toEqual([])
  })

  test('is dead after SIGTERM: what was written is on the server, the mount is still its owner’s', async (context) => {
    requireOwner(context)
    await using mounted = await inherit(9, {})
    const { mountpoint, served, server } = mounted
    await using writer = TestProcess.start(['bash', '-c', holdOpen, mountpoint])
    await until('the file is written', () => writer.stdout().length > 0 || undefined)
    server.signal('SIGTERM')
    expect(await server.wait(20_000)).toEqual({ code: 0, signal: null })
    expect(readFileSync(join(served, 'held'), 'utf8')).toBe('held open\n')
    expect((await runShell('/', `stat -f '${mountpoint}'`)).stderr).toMatch(dead)
    expect(findMount(mountpoint)).toMatchObject({ source: 'owner', type: 'fuse.uftp' })
  })

  // 3 is where the channel between the command and its background process would be.
  test.for([3, 4, 17])(
    'is served in the background by way of descriptor %s',
    async (n, context) => {
      requireOwner(context)
      await using mounted = await inherit(n, { background: true })
      const { mountpoint, server, target } = mounted
      expect(await server.wait(20_000)).toEqual({ code: 0, signal: null })
      expect((await runShell(mountpoint, 'cat file; echo x > new; ls')).stdout).toBe(
        'served\nfile\nnew\n',
      )
      for (const { pid } of processesWith(target)) process.kill(pid, 'SIGTERM')
      await gone(target)
      expect((await runShell('/', `stat -f '${mountpoint}'`)).stderr).toMatch(dead)
    },
  )
})

describe('is refused in one line:', () => {
  test.for([
    ['a descriptor that is not open', 99, ':', /descriptor 99 is not open/],
    ['a descriptor of something else', 9, 'exec 9</dev/null', /descriptor 9 is not a \/dev\/fuse/],
    ['a device without a mount', 9, 'exec 9<>/dev/fuse', /nothing is mounted through it/],
  ] as const)('%s', async ([, n, redirection, message], context) => {
    requireFuse(context)
    const { options, target, env } = await fixture().server.signOn('/tmp')
    for (const mode of [[], ['-f']]) {
      const through = ['bash', '-c', `${redirection}; exec "$@"`, 'bash']
      const args = [...mode, ...options, target, `/dev/fd/${n}`]
      const { code, stderr } = await runMountCommand(args, { env, through })
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) })
      expect(stderr).toMatch(/^uftp-mount: mountpoint \/dev\/fd\/\d+: [^\n]*$/)
    }
  })

  test('a mount that was served before', async (context) => {
    requireOwner(context)
    await using mounted = await inherit(9, { isServed: true })
    expect(await mounted.server.wait(20_000)).toEqual({ code: 2, signal: null })
    expect(mounted.server.stderr().toString()).toMatch(
      /^uftp-mount: mountpoint \/dev\/fd\/9: the kernel does not begin[^\n]*\n$/,
    )
  })
})

describe('options of a mount by somebody else', () => {
  test('are accepted as far as it has them', async (context) => {
    requireOwner(context)
    const options = ['-o', 'nosuid,allow_other,max_read=64K,suid,dev']
    const ownerOptions = ',allow_other,default_permissions,max_read=65536'
    await using mounted = await inherit(9, { options, ownerOptions })
    const { mountpoint, server } = mounted
    const { stdout } = await runShell(mountpoint, 'cat file')
    const isHidden = server.stderr().includes('it cannot be seen')
    context.skip(isHidden, 'this kernel does not tell which mount a device belongs to')
    expect(stdout).toBe('served\n')
    expect(await runShell('/', `umount '${mountpoint}'`)).toMatchObject({ code: 0 })
    expect(await server.wait(10_000)).toEqual({ code: 0, signal: null })
  })

  test.for([
    ['nosuid,noexec,nodev', 'noexec,nodev'],
    ['max_read=64K', 'max_read=65536'],
    ['allow_other', 'allow_other,default_permissions'],
  ] as const)('are refused where it lacks them: %s', async ([given, missing], context) => {
    requireOwner(context)
    await using mounted = await inherit(9, { options: ['-o', given] })
    expect(await mounted.server.wait(20_000)).toEqual({ code: 2, signal: null })
    expect(mounted.server.stderr().toString()).toMatch(
      new RegExp(
        `^uftp-mount: mountpoint /dev/fd/9: .* mounted with(out)? .*${missing}: [^\\n]*\\n$`,
      ),
    )
  })

  test.for(['auto_unmount', 'allow_suid', 'fsname=x'])(
    'are refused where they are its owner’s: %s',
    async (option) => {
      const { options, target, env } = await fixture().server.signOn('/tmp')
      const args = ['-o', option, ...options, target, '/dev/fd/9']
      expect(await runMountCommand(args, { env })).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^uftp-mount: \w+: \/dev\/fd\/9 is up to whoever/),
      })
    },
  )
})

const holdOpen = `cd "$0"; exec 5>held; echo 'held open' >&5; echo written; exec sleep 100`

function requireOwner(context: TestContext): void {
  requireFuse(context)
  requireRoot(context, 'it mounts in place of a privileged program')
  requirePrograms(context, ['python3'])
}

interface Inherited extends AsyncDisposable {
  readonly mountpoint: string
  readonly served: string
  readonly target: string
  /** The owner of the mount, which has become uftp-mount. */
  readonly server: TestProcess
}

interface InheritSettings {
  /** Of open(2), for the device. */
  readonly flags?: number
  readonly background?: boolean
  /** The owner has taken the kernel's first request. */
  readonly isServed?: boolean
  readonly options?: readonly string[]
  /** With which the owner mounts; each behind a comma. */
  readonly ownerOptions?: string
}

async function inherit(descriptor: number, settings: InheritSettings): Promise<Inherited> {
  const { flags = 0, background = false, isServed = false, ownerOptions = '' } = settings
  const { server: ours, scratch } = fixture()
  const mountpoint = mkdtempSync(join(scratch, 'mnt.'))
  const served = await ours.makeDirectory()
  writeFileSync(join(served, 'file'), 'served\n')
  const { options, target, env } = await ours.signOn(served)
  const asked = isServed ? 1 : 0
  const owner = [
    'python3',
    '-c',
    mountAndPassOn,
    mountpoint,
    descriptor,
    flags,
    asked,
    ownerOptions,
  ]
  const mode = background ? [] : ['-f', '--fuse-backend=kernel']
  const command = [
    ...programCommand('uftp-mount'),
    ...mode,
    ...(settings.options ?? []),
    ...options,
    target,
  ]
  const server = TestProcess.start([...owner.map(String), ...command, `/dev/fd/${descriptor}`], {
    env: { ...process.env, ...env },
  })
  const dispose = async (): Promise<void> => {
    await server[Symbol.asyncDispose]()
    const left = findMount(mountpoint)
    if (left) detachMount(left)
    rmdirSync(mountpoint)
  }
  try {
    await until('the owner has mounted', () => findMount(mountpoint) !== undefined)
  } catch (error) {
    await dispose()
    throw error
  }
  return { mountpoint, served, target, server, [Symbol.asyncDispose]: dispose }
}
