/** Text from memory, or from a file that is read again when it has changed. */

import { readFile, stat } from 'node:fs/promises'

export type TextSource = { readonly text: string } | { readonly file: string }

/** Keeps what `parse` made of the text; after a failure the last good result stays. */
export class ParsedText<T> {
  readonly #source: TextSource
  readonly #parse: (text: string) => T
  readonly #onFailure: (error: unknown) => void
  #version = ''
  #value: T

  private constructor(
    source: TextSource,
    parse: (text: string) => T,
    onFailure: (error: unknown) => void,
    text: string,
  ) {
    this.#source = source
    this.#parse = parse
    this.#onFailure = onFailure
    this.#value = parse(text)
  }

  /** Rejects when the text cannot be read or parsed the first time. */
  static async open<T>(
    source: TextSource,
    parse: (text: string) => T,
    onFailure: (error: unknown) => void,
  ): Promise<ParsedText<T>> {
    const text = 'text' in source ? source.text : await readFile(source.file, 'utf8')
    return new ParsedText(source, parse, onFailure, text)
  }

  /** As of now. */
  async current(): Promise<T> {
    if ('text' in this.#source) return this.#value
    const { file } = this.#source
    try {
      const { mtimeMs, size, ino } = await stat(file)
      const version = `${mtimeMs} ${size} ${ino}`
      if (version !== this.#version) {
        this.#version = version
        this.#value = this.#parse(await readFile(file, 'utf8'))
      }
    } catch (error) {
      this.#onFailure(error)
    }
    return this.#value
  }
}
