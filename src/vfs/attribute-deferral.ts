/**
 * Attributes that go with the last bytes of a file (docs/decisions/vfs-deferred-attributes.md):
 * whether a change may wait for these, and the end of the waiting.
 */

import type { Logger } from '../support/logger.ts'
import type { RemoteAttributes } from './attributes.ts'
import { canBeDeferred, DeferredAttributes } from './deferred-attributes.ts'
import type { DirtyRun } from './dirty-ranges.ts'
import type { Inode } from './inode.ts'
import type { RemoteContent, RemoteContentContext } from './remote-content.ts'
import type { NewAttributes } from './remote.ts'
import type { WriteErrors } from './write-errors.ts'

export interface AttributeDeferralContext extends Pick<
  RemoteContentContext,
  'attributes' | 'clock'
> {
  readonly log: Logger
}

export class AttributeDeferral {
  readonly #context: AttributeDeferralContext
  readonly #content: RemoteContent
  readonly #errors: WriteErrors

  constructor(context: AttributeDeferralContext, content: RemoteContent, errors: WriteErrors) {
    this.#context = context
    this.#content = content
    this.#errors = errors
  }

  /** The file has pending bytes. False: the change must not wait for them. */
  take(inode: Inode, wanted: NewAttributes): boolean {
    const { attributes, clock } = this.#context
    const known = attributes.isRecent(inode.remoteAtMs) ? inode.remote : { mode: inode.remote.mode }
    if (!this.#errors.concernCreator(inode) || !canBeDeferred(wanted, known)) return false
    const nowNs = clock.epochNs()
    inode.deferred = (inode.deferred ?? new DeferredAttributes({}, nowNs)).with(wanted, nowNs)
    if (inode.remote.ctimeNs === undefined) inode.ctimeNs = nowNs
    return true
  }

  /** The content changes after what was deferred, and gives the file another mtime. */
  contentChanged(inode: Inode): void {
    inode.deferred = inode.deferred?.withoutModification()
  }

  /**
   * Sends what is deferred, behind the last run if one is left. Rejects if the run is refused; of
   * refused attributes those are told who have the file open.
   */
  async finish(inode: Inode, run: DirtyRun | undefined): Promise<void> {
    const { deferred } = inode
    if (!deferred) return
    const { wanted } = deferred
    const told = await (run ? this.#sendLast(inode, run, wanted) : this.#setThere(inode, wanted))
    // What has been deferred meanwhile is to be sent still.
    if (inode.deferred === deferred) inode.deferred = undefined
    if (told.status === 'rejected') this.#refused(inode, wanted, told.reason)
    else this.#context.attributes.attributesSet(inode, wanted, told.value)
  }

  async #sendLast(
    inode: Inode,
    run: DirtyRun,
    wanted: NewAttributes,
  ): Promise<PromiseSettledResult<RemoteAttributes>> {
    const finished = await this.#content.writeLast(inode, run, wanted)
    this.#context.attributes.contentStored(inode, finished)
    return finished.attributes
  }

  async #setThere(
    inode: Inode,
    wanted: NewAttributes,
  ): Promise<PromiseSettledResult<RemoteAttributes>> {
    const [told] = await Promise.allSettled([this.#content.setAttributes(inode, wanted)])
    return told
  }

  #refused(inode: Inode, wanted: NewAttributes, error: unknown): void {
    const { attributes, log } = this.#context
    attributes.expire(inode)
    log.error('attributes that had waited for written data were refused', {
      file: inode.name,
      attributes: Object.keys(wanted).join(' '),
      error,
    })
    this.#errors.tell(inode, error)
  }
}
