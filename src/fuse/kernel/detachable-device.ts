/**
 * A device that can be let go of without an unmount. read(2) of /dev/fuse cannot be called off: reads
 * under way end for their callers only, and the descriptor closes with the process.
 */

import type { Device } from './device.ts'

export class DetachableDevice implements Device {
  readonly #device: Device
  readonly #waiting = new Set<() => void>()
  #isDetached = false

  constructor(device: Device) {
    this.#device = device
  }

  get isDetached(): boolean {
    return this.#isDetached
  }

  /** As if it had been unmounted, for whoever reads. */
  detach(): void {
    this.#isDetached = true
    for (const end of this.#waiting) end()
  }

  async read(bytes: Buffer): Promise<number | undefined> {
    if (this.#isDetached) return undefined
    return new Promise((resolve, reject) => {
      const end = (): void => resolve(undefined)
      this.#waiting.add(end)
      this.#device
        .read(bytes)
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(end))
    })
  }

  reply(pieces: readonly Uint8Array[]): boolean {
    return this.#device.reply(pieces)
  }

  notify(pieces: readonly Uint8Array[]): Promise<void> {
    return this.#device.notify(pieces)
  }

  /** Its number must not become another file's while reads wait. */
  async close(): Promise<void> {
    if (!this.#isDetached) await this.#device.close()
  }
}
