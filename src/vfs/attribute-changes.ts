/** chmod, chown, truncate, utimens: one SETATTR may ask for all of them. */

import type { Clock } from '../support/clock.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { AttributeChanges, RemoteAttributes } from './attributes.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Ownership } from './ownership.ts'
import type { NewAttributes, Owner, Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { WriteBack } from './write-back.ts'

export interface AttributeChangerContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly writeBack: WriteBack
  readonly clock: Clock
  readonly gate: TransferGate
  readonly ownership: Ownership
}

export class AttributeChanger {
  readonly #context: AttributeChangerContext

  constructor(context: AttributeChangerContext) {
    this.#context = context
  }

  /**
   * In an order in which no change undoes another: owner, size, mode, times. Takes no signal: what
   * has been sent may happen and is followed to its end.
   */
  async apply(inode: Inode, changes: AttributeChanges): Promise<void> {
    const { ownership, table } = this.#context
    const owner = ownership.wanted(inode, changes)
    try {
      await this.#applyInOrder(inode, changes, owner)
    } finally {
      table.release(inode) // the kernel may have forgotten it meanwhile
    }
  }

  async #applyInOrder(
    inode: Inode,
    changes: AttributeChanges,
    owner: Partial<Owner> | undefined,
  ): Promise<void> {
    const { size } = changes
    if (changes.mode !== undefined && inode.type === 'symlink') {
      throw new ErrnoError('EOPNOTSUPP', `chmod "${inode.name}"`)
    }
    const wanted = { ...this.#modeWanted(changes), ...this.#timesWanted(changes) }
    if (size === undefined) {
      await this.#set(inode, { ...owner, ...wanted })
    } else {
      await this.#set(inode, { ...owner })
      await this.#setSize(inode, size)
      await this.#set(inode, wanted)
    }
    this.#rememberAccessTime(inode, changes)
    // The far side may have had to rename the file for it: the directory has a new time.
    if (inode.parent) this.#context.attributes.expire(inode.parent)
  }

  async #set(inode: Inode, wanted: NewAttributes): Promise<void> {
    const { table, remote, attributes, gate, writeBack } = this.#context
    if (Object.keys(wanted).length === 0 || writeBack.defer(inode, wanted)) return
    // Nothing deferred may come after it, nor a write that would give the file a new time.
    if (inode.deferred || wanted.mtimeNs !== undefined) await writeBack.flush(inode)
    const set = (): Promise<RemoteAttributes> => remote.setAttributes(table.path(inode), wanted)
    try {
      const told = await gate.transfer(inode, () => attributes.change([inode], set))
      attributes.attributesSet(inode, wanted, told)
    } catch (error) {
      attributes.expire(inode) // some of them may be set
      throw error
    }
  }

  async #setSize(inode: Inode, size: number): Promise<void> {
    if (inode.type === 'directory') throw new ErrnoError('EISDIR', `truncate "${inode.name}"`)
    if (inode.type !== 'file') throw new ErrnoError('EINVAL', `truncate "${inode.name}"`)
    await this.#context.writeBack.truncate(inode, size)
  }

  #modeWanted({ mode }: AttributeChanges): NewAttributes {
    return mode === undefined ? {} : { mode: mode & 0o7777 }
  }

  #timesWanted({ mtimeNs, atimeNs }: AttributeChanges): NewAttributes {
    return {
      ...(mtimeNs !== undefined && { mtimeNs: this.#time(mtimeNs) }),
      ...(atimeNs !== undefined && this.#keepsAccessTimes && { atimeNs: this.#time(atimeNs) }),
    }
  }

  /** Where the far side keeps none it holds for as long as the inode is known. */
  #rememberAccessTime(inode: Inode, { atimeNs }: AttributeChanges): void {
    if (atimeNs === undefined || this.#keepsAccessTimes) return
    const nowNs = this.#context.clock.epochNs()
    inode.atimeNs = atimeNs === 'now' ? nowNs : atimeNs
    if (inode.remote.ctimeNs === undefined) inode.ctimeNs = nowNs
  }

  get #keepsAccessTimes(): boolean {
    return this.#context.remote.capabilities.has('access-times')
  }

  /** Where all times are the far side's, so is now. */
  #time(wanted: bigint | 'now'): bigint | 'now' {
    const { clock, remote } = this.#context
    return wanted === 'now' && !remote.capabilities.has('change-times') ? clock.epochNs() : wanted
  }
}
