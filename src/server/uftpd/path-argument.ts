import { unescapePath } from '../../uftp/wire/path-escape.ts'
import { Refusal } from './refusal.ts'

/** A name out of its percent-encoding. */
export function unescaped(word: string): string {
  const name = unescapePath(word)
  if (name === undefined || name.includes('\0')) {
    throw new Refusal(501, `Malformed percent-encoding '${word}'`)
  }
  return name
}
