import type { RemoteAttributes } from './attributes.ts'

/**
 * Own changes of a directory that are confirmed while it is being listed: the listing may be from
 * before them.
 */
export class ListingJournal {
  /** undefined: the name is gone. */
  readonly #changes = new Map<string, RemoteAttributes | undefined>()
  /** Something has changed that cannot be written into the listing. */
  isVoid = false

  note(name: string, attributes: RemoteAttributes | undefined): void {
    this.#changes.set(name, attributes)
  }

  writeInto(names: Map<string, RemoteAttributes>): void {
    for (const [name, attributes] of this.#changes) {
      if (attributes) names.set(name, attributes)
      else names.delete(name)
    }
  }
}
