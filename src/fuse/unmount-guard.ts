/**
 * auto_unmount: a process that outlives ours and unmounts what we leave behind, however we die. It
 * waits at the other end of a pipe, which the kernel closes for us.
 */

import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { ErrnoError } from '../support/errno-error.ts'
import type { Logger } from '../support/logger.ts'
import type { Helpers } from './helpers.ts'

/**
 * A line is our word that there is nothing to do; the end without one, our death. Asked for its
 * statistics, a dead mount gives an error: what does not is somebody's who came after us.
 * The signals of a terminal or a logout may end us, but not the guard. Its name and first words are
 * what ps and ps -f show.
 */
const script = [
  ': uftp-mount auto_unmount',
  "trap '' HUP INT QUIT TERM",
  'printf uftp-unmounter >/proc/$$/comm',
  'read -r _ && exit',
  'stat -f -- "$0" >/dev/null 2>&1 || exec "$@"',
].join('; ')

export class UnmountGuard {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #isDismissed = false

  private constructor(child: ChildProcess, log: Logger) {
    this.#child = child
    this.#ended = once(child, 'exit').then(() => {
      if (!this.#isDismissed) log.warn('auto_unmount has no effect any more: its guard has ended')
    })
    // It may be gone when we write.
    child.stdin!.on('error', () => {})
    // It waits for us, not we for it.
    child.unref()
  }

  /** `unmount`: the command line, without rights that we do not have. */
  static async start(
    helpers: Helpers,
    mountpoint: string,
    unmount: readonly string[],
    log: Logger,
  ): Promise<UnmountGuard> {
    const child = helpers.startGuard('sh', ['-c', script, mountpoint, ...unmount])
    try {
      await once(child, 'spawn')
    } catch (cause) {
      throw new ErrnoError('EOPNOTSUPP', 'auto_unmount needs /bin/sh', { cause })
    }
    return new UnmountGuard(child, log)
  }

  /** There is nothing to unmount any more. Resolves when it is gone. */
  async dismiss(): Promise<void> {
    this.#isDismissed = true
    this.#child.ref()
    this.#child.stdin!.end('unmounted\n')
    await this.#ended
  }
}
