/** chmod, chown, truncate, utimens: one SETATTR may ask for all of them. */

import type { Clock } from '../support/clock.ts'
import { ErrnoError } from '../support/errno-error.ts'
import type { AttributeCache } from './attribute-cache.ts'
import type { AttributeChanges } from './attributes.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { Remote } from './remote.ts'
import type { TransferGate } from './transfer-gate.ts'
import type { VfsOptions } from './vfs-options.ts'
import type { WriteBack } from './write-back.ts'

export interface AttributeChangerContext {
  readonly table: InodeTable
  readonly remote: Remote
  readonly attributes: AttributeCache
  readonly writeBack: WriteBack
  readonly clock: Clock
  readonly gate: TransferGate
  readonly options: Pick<VfsOptions, 'uid' | 'gid'>
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
    this.#checkOwner(inode, changes)
    try {
      await this.#applyInOrder(inode, changes)
    } finally {
      this.#context.table.release(inode) // the kernel may have forgotten it meanwhile
    }
  }

  async #applyInOrder(inode: Inode, changes: AttributeChanges): Promise<void> {
    if (changes.size !== undefined) await this.#setSize(inode, changes.size)
    if (changes.mode !== undefined) await this.#setMode(inode, changes.mode & 0o7777)
    if (changes.mtimeNs !== undefined) await this.#setMtime(inode, changes.mtimeNs)
    // The far side may have had to rename the file for it: the directory has a new time.
    if (inode.parent) this.#context.attributes.expire(inode.parent)
    // The far side keeps no atime: it holds for as long as the inode is known.
    if (changes.atimeNs !== undefined) inode.atimeNs = this.#time(changes.atimeNs)
  }

  /** The far side can give files to nobody; "to its owner" is no change. */
  #checkOwner(inode: Inode, changes: AttributeChanges): void {
    const { uid, gid } = this.#context.options
    const foreign =
      (changes.uid !== undefined && changes.uid !== uid) ||
      (changes.gid !== undefined && changes.gid !== gid)
    if (foreign) throw new ErrnoError('EPERM', `chown "${inode.name}"`)
  }

  async #setSize(inode: Inode, size: number): Promise<void> {
    if (inode.type === 'directory') throw new ErrnoError('EISDIR', `truncate "${inode.name}"`)
    await this.#context.writeBack.truncate(inode, size)
  }

  async #setMode(inode: Inode, mode: number): Promise<void> {
    const { table, remote, attributes, gate } = this.#context
    await gate.transfer(inode, () =>
      attributes.change([inode], () => remote.setMode(table.path(inode), mode)),
    )
    attributes.amend(inode, { mode, access: undefined })
  }

  async #setMtime(inode: Inode, wanted: bigint | 'now'): Promise<void> {
    const { table, remote, attributes, writeBack, gate } = this.#context
    // Writing later would give the file a new time.
    await writeBack.flush(inode)
    const { mtimeNs } = await gate.transfer(inode, () =>
      attributes.change([inode], () =>
        remote.setTimes(table.path(inode), { mtimeNs: this.#time(wanted) }),
      ),
    )
    attributes.amend(inode, { mtimeNs })
  }

  #time(wanted: bigint | 'now'): bigint {
    return wanted === 'now' ? this.#context.clock.epochNs() : wanted
  }
}
