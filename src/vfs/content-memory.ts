/**
 * Memory for file content: pages of the cache, and written bytes on their way. One pool for both,
 * in blocks that are made once and used again, so that the mount never holds more than it was
 * allowed: who needs memory when all of it is in use takes that of the oldest pages.
 *
 * Content that is made and thrown away costs half of the processor time of writing in garbage
 * collections and page faults, and garbage that is not collected yet counts as memory of the mount.
 * Blocks are shared memory, though nobody shares it: that is not counted by the garbage collector,
 * which else goes over the whole heap for every 64 MiB more, and finds nothing to free.
 */

/** Also a page of the cache. */
export const blockBytes = 128 * 1024

/** Small content shares a block with other content of the same class: powers of two from here. */
const slotMinBytes = 4096

export class ContentMemory {
  readonly #blocksMax: number
  readonly #blocks = new Map<ArrayBufferLike, Block>()
  /** Blocks of which nothing is used. */
  readonly #free: Block[] = []
  /** Blocks with free slots, of each size. */
  readonly #open = new Map<number, Set<Block>>()
  #lender: () => boolean = () => false

  /** More than that is taken from the garbage collector's memory, for as long as it is needed. */
  constructor(maxBytes: number) {
    this.#blocksMax = Math.ceil(maxBytes / blockBytes)
  }

  /** `letGo`: has somebody give a block back, as far as he can; false: he has none. */
  onFull(letGo: () => boolean): void {
    this.#lender = letGo
  }

  /** Memory with any content. `length`: 1 to `blockBytes`. */
  take(length: number): Uint8Array {
    const slotBytes = slotBytesFor(length)
    const block = this.#openBlock(slotBytes) ?? this.#divide(slotBytes)
    if (!block) return Buffer.allocUnsafeSlow(length)
    const start = block.freeSlots.pop()!
    if (block.freeSlots.length === 0) this.#open.get(slotBytes)!.delete(block)
    return block.bytes.subarray(start, start + length)
  }

  /** What `take` gave, or the beginning of it. Nobody reads or fills these bytes any more. */
  give(bytes: Uint8Array): void {
    const block = this.#blocks.get(bytes.buffer)
    if (!block) return
    block.freeSlots.push(bytes.byteOffset)
    const open = this.#open.get(block.slotBytes)!
    if (block.freeSlots.length * block.slotBytes < blockBytes) {
      open.add(block)
    } else {
      open.delete(block)
      this.#free.push(block)
    }
  }

  /** Whether memory is of a block that can be used again. */
  owns(bytes: Uint8Array): boolean {
    return this.#blocks.has(bytes.buffer)
  }

  #openBlock(slotBytes: number): Block | undefined {
    return this.#open.get(slotBytes)?.values().next().value
  }

  /** A block with free slots of that size. */
  #divide(slotBytes: number): Block | undefined {
    // The one used last is the one whose memory is still in the processor's cache.
    let block = this.#free.pop() ?? this.#make()
    while (!block) {
      if (!this.#lender()) return undefined
      const open = this.#openBlock(slotBytes)
      if (open) return open
      block = this.#free.pop()
    }
    block.divide(slotBytes)
    const open = this.#open.get(slotBytes) ?? new Set()
    this.#open.set(slotBytes, open.add(block))
    return block
  }

  #make(): Block | undefined {
    if (this.#blocks.size === this.#blocksMax) return undefined
    const made = new Block()
    this.#blocks.set(made.bytes.buffer, made)
    return made
  }
}

/** What content of that length really takes. */
export function slotBytesFor(length: number): number {
  return Math.max(slotMinBytes, 2 ** Math.ceil(Math.log2(length)))
}

/** A piece of memory in slots of one size, for as long as any of them is in use. */
class Block {
  readonly bytes = Buffer.from(new SharedArrayBuffer(blockBytes))
  slotBytes = blockBytes
  /** Where they start. */
  freeSlots: number[] = []

  divide(slotBytes: number): void {
    this.slotBytes = slotBytes
    this.freeSlots = []
    for (let start = blockBytes - slotBytes; start >= 0; start -= slotBytes) {
      this.freeSlots.push(start)
    }
  }
}
