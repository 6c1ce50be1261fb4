/**
 * Keeps transfers and changes of names apart.
 *
 * A range read or write names its file by path. If the file were renamed, replaced or removed
 * between our sending and the server's opening it, the transfer would hit another file or create
 * one anew. So a transfer passes the gate for its inode, and a rename or remove first shuts the
 * gate for the inodes it moves (with everything below them), waits for the transfers that are
 * inside, and opens it when the far side has answered.
 *
 * Lock order: the gate is taken before any session lease and never while holding one.
 */

import type { Inode } from './inode.ts'

interface Holder {
  readonly inodes: readonly Inode[]
  readonly done: Promise<void>
}

export class TransferGate {
  readonly #transfers = new Set<Holder>()
  readonly #shut = new Set<Holder>()

  /** Waits until no change of names covers the inode; true if there was one to wait for. */
  async passable(inode: Inode): Promise<boolean> {
    for (let waited = false; ; waited = true) {
      const shut = this.#shutFor(inode)
      if (!shut) return waited
      await shut.done
    }
  }

  /** Runs a transfer on the inode's present path. */
  async transfer<T>(inode: Inode, body: () => Promise<T>): Promise<T> {
    return this.transferBetween([inode], body)
  }

  /** Runs a transfer between inodes: passes for all of them at once, or waits inside for none. */
  async transferBetween<T>(inodes: readonly Inode[], body: () => Promise<T>): Promise<T> {
    // Nothing may come between the last look and the entry.
    for (let shut; (shut = inodes.find((inode) => this.#shutFor(inode)));) await this.passable(shut)
    return run(this.#transfers, inodes, body)
  }

  /** Runs a change of names while no transfer is under way on these inodes or below them. */
  async shut<T>(inodes: readonly Inode[], body: () => Promise<T>): Promise<T> {
    for (;;) {
      const other = first(this.#shut, (holder) => related(holder.inodes, inodes))
      if (!other) break
      await other.done
    }
    return run(this.#shut, inodes, async () => {
      for (;;) {
        const inside = first(this.#transfers, (holder) => related(holder.inodes, inodes))
        if (!inside) return body()
        await inside.done
      }
    })
  }

  /** The change that covers the inode, if there is one. */
  #shutFor(inode: Inode): Holder | undefined {
    return first(this.#shut, ({ inodes }) => inodes.some((top) => inode.isWithin(top)))
  }
}

async function run<T>(
  holders: Set<Holder>,
  inodes: readonly Inode[],
  body: () => Promise<T>,
): Promise<T> {
  let finish!: () => void
  const holder: Holder = { inodes, done: new Promise((resolve) => (finish = resolve)) }
  holders.add(holder)
  try {
    return await body()
  } finally {
    holders.delete(holder)
    finish()
  }
}

function first<T>(values: Iterable<T>, matches: (value: T) => boolean): T | undefined {
  for (const value of values) if (matches(value)) return value
  return undefined
}

function related(a: readonly Inode[], b: readonly Inode[]): boolean {
  return a.some((x) => b.some((y) => x.isWithin(y) || y.isWithin(x)))
}
