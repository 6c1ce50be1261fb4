/** chmod, chown, truncate, utimens: one SETATTR may ask for all of them. */

import type { Clock } from '../support/clock.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { AttributeChanges } from './attributes.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Ownership } from './ownership.ts'
import type { Owner, Remote, TimeChanges } from './remote.ts'
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
    if (owner) await this.#setOwner(inode, owner)
    if (changes.size !== undefined) await this.#setSize(inode, changes.size)
    if (changes.mode !== undefined) await this.#setMode(inode, changes.mode & 0o7777)
    await this.#setTimes(inode, changes)
    // The far side may have had to rename the file for it: the directory has a new time.
    if (inode.parent) this.#context.attributes.expire(inode.parent)
  }

  async #setOwner(inode: Inode, owner: Partial<Owner>): Promise<void> {
    const { remote, attributes } = this.#context
    await this.#changeThere(inode, (path) => remote.setOwner(path, owner))
    // The far side may have taken set-user-ID bits away.
    attributes.expire(inode)
  }

  async #setSize(inode: Inode, size: number): Promise<void> {
    if (inode.type === 'directory') throw new ErrnoError('EISDIR', `truncate "${inode.name}"`)
    if (inode.type !== 'file') throw new ErrnoError('EINVAL', `truncate "${inode.name}"`)
    await this.#context.writeBack.truncate(inode, size)
  }

  async #setMode(inode: Inode, mode: number): Promise<void> {
    const { remote, attributes } = this.#context
    if (inode.type === 'symlink') throw new ErrnoError('EOPNOTSUPP', `chmod "${inode.name}"`)
    await this.#changeThere(inode, (path) => remote.setMode(path, mode))
    attributes.amend(inode, { mode, access: undefined })
    attributes.statusChanged(inode)
  }

  async #setTimes(inode: Inode, changes: AttributeChanges): Promise<void> {
    const { remote, attributes, writeBack } = this.#context
    const keepsAccessTimes = remote.capabilities.has('access-times')
    const times: TimeChanges = {
      ...(changes.mtimeNs !== undefined && { mtimeNs: this.#time(changes.mtimeNs) }),
      ...(changes.atimeNs !== undefined &&
        keepsAccessTimes && { atimeNs: this.#time(changes.atimeNs) }),
    }
    // Writing later would give the file a new time.
    if (times.mtimeNs !== undefined) await writeBack.flush(inode)
    if (Object.keys(times).length > 0) {
      const told = await this.#changeThere(inode, (path) => remote.setTimes(path, times))
      const { mtimeNs, atimeNs, ctimeNs } = told
      attributes.amend(inode, {
        mtimeNs,
        ...(atimeNs !== undefined && { atimeNs }),
        ...(ctimeNs !== undefined && { ctimeNs }),
      })
    }
    if (changes.atimeNs !== undefined && !keepsAccessTimes) {
      // It holds for as long as the inode is known.
      const { atimeNs } = changes
      inode.atimeNs = atimeNs === 'now' ? this.#context.clock.epochNs() : atimeNs
    }
    const hasChanged = changes.mtimeNs !== undefined || changes.atimeNs !== undefined
    if (hasChanged && inode.remote.ctimeNs === undefined) attributes.statusChanged(inode)
  }

  #changeThere<T>(inode: Inode, change: (path: string) => Promise<T>): Promise<T> {
    const { table, attributes, gate } = this.#context
    return gate.transfer(inode, () => attributes.change([inode], () => change(table.path(inode))))
  }

  /** Where all times are the far side's, so is now. */
  #time(wanted: bigint | 'now'): bigint | 'now' {
    const { clock, remote } = this.#context
    return wanted === 'now' && !remote.capabilities.has('change-times') ? clock.epochNs() : wanted
  }
}
