/**
 * Names as single words of a line (docs/PROTOCOL.md §10): percent, blanks, control characters and
 * bytes that are not UTF-8 become `%XX`. Everything else stays readable.
 */

import { decodeName, encodeName } from '../../support/name-bytes.ts'

// With the u flag a surrogate pair is one character: only a byte that is not UTF-8 matches alone.
const special = /[%\p{Z}\p{Cc}\u{dc80}-\u{dcff}]/gu

export function escapePath(path: string): string {
  return path.replace(special, percentEncoded)
}

/** As `escapePath`, for values that end at a semicolon. */
export function escapeFact(value: string): string {
  return escapePath(value).replaceAll(';', percentEncoded)
}

/** Undefined when a `%` is not followed by two hexadecimal digits. */
export function unescapePath(text: string): string | undefined {
  if (!text.includes('%')) return text
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined
  // Escapes of several bytes may make one character together, so all is put together as bytes.
  const pieces = text.split(/(%[0-9a-f]{2})/i)
  const bytes = pieces.map((piece, index) =>
    index % 2 === 1 ? Buffer.from(piece.slice(1), 'hex') : encodeName(piece),
  )
  return decodeName(Buffer.concat(bytes))
}

function percentEncoded(character: string): string {
  return encodeName(character).toString('hex').toUpperCase().replace(/../g, '%$&')
}
