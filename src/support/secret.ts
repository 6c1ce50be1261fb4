import { inspect } from 'node:util'

/**
 * A password, token or one-time password. Prints as `***` wherever it ends up by accident (template
 * strings, JSON, logs, inspect); only `reveal()` gives the text.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}
