/** `--demo`: our own servers in a child process, and the target that leads to them. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { DisposalStack } from '../support/disposal-stack.ts'
import { Secret } from '../support/secret.ts'
import { exitCodes, ExitError, usageError } from './exit.ts'
import { existingDirectory } from './serve.ts'
import { parseTarget, type Target } from './target.ts'

/** What a mount needs to know of the servers that were started for it. */
export interface Demo extends AsyncDisposable {
  readonly target: Target
  readonly user: string
  readonly password: Secret
  /** PEM text. */
  readonly ca: string
}

/**
 * Serves `directory`, or a new temporary one with a few files, until disposed. `mountpoint`, without
 * symbolic links, is where it will be seen.
 */
export async function startDemo(directory: string | undefined, mountpoint: string): Promise<Demo> {
  const stack = new DisposalStack()
  try {
    const served = directory === undefined ? await sampleDirectory(stack) : directory
    const path = await existingDirectory(served)
    if (isBelow(path, mountpoint)) {
      // The servers would reach their files through the mount, which waits for them.
      throw usageError(
        `a mount on ${mountpoint} would hide what is served, ${path}: mount elsewhere`,
      )
    }
    const printed = await startServers(path, stack)
    return {
      target: parseTarget(`${printed.get('auth-url')}:${path}`),
      user: printed.get('user')!,
      password: new Secret(printed.get('password')!),
      ca: readFileSync(printed.get('cacert')!, 'utf8'),
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    }
  } catch (error) {
    await stack[Symbol.asyncDispose]()
    throw error
  }
}

/** Is it that directory, or within? */
function isBelow(path: string, directory: string): boolean {
  return !/^\.\.(\/|$)/.test(relative(directory, path))
}

/** The lines that `serve` prints, by their names. */
async function startServers(
  directory: string,
  stack: DisposalStack,
): Promise<ReadonlyMap<string, string>> {
  const entry = fileURLToPath(new URL('./main.js', import.meta.url))
  // The channel is not used: its end tells the servers that we are gone, however that happened.
  const child = fork(entry, ['serve', directory], {
    // Not our process group: Ctrl-C must not end the servers before the last bytes are written.
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  })
  const exited = once(child, 'exit')
  stack.defer(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const printed = new Map<string, string>()
  for await (const line of createInterface({ input: child.stdout! })) {
    const colon = line.indexOf(': ')
    printed.set(line.slice(0, colon), line.slice(colon + 2))
    if (printed.has('mount with')) return printed
  }
  throw new ExitError(exitCodes.system, 'the demo servers did not start: try uftp-mount serve')
}

async function sampleDirectory(stack: DisposalStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'uftp-demo-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'README.txt'), 'This directory is served by UFTP.\n')
  await writeFile(join(directory, 'numbers.csv'), 'n,square\n1,1\n2,4\n3,9\n')
  await mkdir(join(directory, 'results'))
  await writeFile(join(directory, 'results', 'run 1.log'), 'finished\n')
  return directory
}
