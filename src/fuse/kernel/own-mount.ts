import type { Logger } from '../../support/logger.ts'
import type { Mount } from '../backend.ts'
import { guardExit } from '../exit-guard.ts'
import { findMounted } from '../mountinfo.ts'
import type { Mounter } from './mounter.ts'
import type { UnmountGuard } from '../unmount-guard.ts'

export interface OwnMountParts {
  readonly mountpoint: string
  readonly mounter: Mounter
  /** With auto_unmount. */
  readonly unmountGuard: UnmountGuard | undefined
  /** Ends with the mount. */
  readonly serving: Promise<void>
  readonly log: Logger
}

/** A mount that we have made, and take away again. */
export class OwnMount implements Mount {
  readonly ended: Promise<void>
  readonly #parts: OwnMountParts
  #hasEnded = false

  constructor(parts: OwnMountParts) {
    this.#parts = parts
    const { mountpoint, mounter, serving } = parts
    const unguard = guardExit((exitCode) => mounter.abandon(mountpoint, exitCode))
    this.ended = this.#finish(serving).finally(unguard)
    // Whoever waits gets it; a mount that nobody waits for must not crash the process.
    this.ended.catch(() => {})
  }

  async unmount(options: { force?: boolean } = {}): Promise<void> {
    const force = options.force ?? false
    if (this.#hasEnded) return
    const { mountpoint, mounter, unmountGuard } = this.#parts
    try {
      await mounter.unmount(mountpoint, force)
    } catch (error) {
      // Somebody else may have been faster.
      if (await findMounted(mountpoint)) throw error
    }
    // The next mount there is none of its business.
    await unmountGuard?.dismiss()
    // What is in use as a user, and unmounted by force, ends when its last user goes.
    if (!force) await this.ended
  }

  async #finish(serving: Promise<void>): Promise<void> {
    try {
      await serving
      this.#hasEnded = true
      await this.#parts.unmountGuard?.dismiss()
    } catch (error) {
      // Nobody answers any more, and a dead mount helps nobody. (If this fails: the guard is there.)
      await this.unmount({ force: true }).catch((failure: unknown) => {
        this.#parts.log.error('unmount failed', { error: String(failure) })
      })
      this.#hasEnded = true
      throw error
    }
  }
}
