import type { Caller } from '../../vfs/filesystem.ts'

/** The header of a request: what it is about, who asks, and how to stop working on it. */
export class RequestContext implements Caller {
  /** Only echoed in the reply. */
  readonly unique: bigint
  readonly nodeid: number
  readonly uid: number
  readonly gid: number
  /** 0 when the caller lives in another pid namespace. */
  readonly pid: number
  #controller: AbortController | undefined
  #reason: unknown
  readonly #releases: (() => void)[] = []

  constructor(header: Pick<RequestContext, 'unique' | 'nodeid' | 'uid' | 'gid' | 'pid'>) {
    this.unique = header.unique
    this.nodeid = header.nodeid
    this.uid = header.uid
    this.gid = header.gid
    this.pid = header.pid
  }

  /** Made on first use: most requests are answered from memory and never look at it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  onAnswered(release: () => void): void {
    this.#releases.push(release)
  }

  /** The kernel has copied the answer, or never will. */
  answered(): void {
    for (const release of this.#releases.splice(0)) release()
  }

  get interrupted(): boolean {
    return this.#reason !== undefined
  }

  /** The first reason stays. */
  interrupt(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
