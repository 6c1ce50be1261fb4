import type { Mount } from '../backend.ts'
import type { DetachableDevice } from './detachable-device.ts'
import { guardExit } from '../exit-guard.ts'

/** Somebody else's mount that we serve: only they can unmount it. */
export class InheritedMount implements Mount {
  readonly ended: Promise<void>
  readonly #device: DetachableDevice

  /** `exitNow` ends the process without waiting for its threads. */
  constructor(device: DetachableDevice, serving: Promise<void>, exitNow: (code: number) => void) {
    this.#device = device
    const unguard = guardExit(exitNow)
    this.ended = serving.finally(() => {
      // Detached, threads still wait for requests: the guard stays.
      if (!device.isDetached) unguard()
    })
    // Whoever waits gets it; a mount that nobody waits for must not crash the process.
    this.ended.catch(() => {})
  }

  /** Stops answering. The mount is dead as soon as nobody has the descriptor open any more. */
  async unmount(): Promise<void> {
    this.#device.detach()
    await this.ended
  }
}
