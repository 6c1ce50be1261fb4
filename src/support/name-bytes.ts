/**
 * File names are bytes on Linux and strings in JavaScript. Bytes that are not UTF-8 travel as lone
 * surrogates U+DC80..U+DCFF (Python's "surrogateescape", PEP 383), so every name survives the
 * round trip and ordinary names stay readable.
 */

const escapeBase = 0xdc00
const escaped = /[\udc80-\udcff]/
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function decodeName(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return decodeEscaping(bytes)
  }
}

export function encodeName(name: string): Buffer {
  if (isUtf8Name(name)) return Buffer.from(name, 'utf8')
  const parts: Buffer[] = []
  for (const character of name) {
    const code = character.charCodeAt(0)
    const isEscape = character.length === 1 && code >= 0xdc80 && code <= 0xdcff
    parts.push(isEscape ? Buffer.from([code - escapeBase]) : Buffer.from(character, 'utf8'))
  }
  return Buffer.concat(parts)
}

/** False when the name holds bytes that are not UTF-8. */
export function isUtf8Name(name: string): boolean {
  // With the u flag a surrogate pair is one character, so only lone surrogates can match.
  return !escaped.test(name) || !/[\udc80-\udcff]/u.test(name)
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = ''
  let index = 0
  while (index < bytes.length) {
    const length = sequenceLength(bytes[index]!)
    try {
      text += strictUtf8.decode(bytes.subarray(index, index + length))
      index += length
    } catch {
      text += String.fromCharCode(escapeBase + bytes[index]!)
      index += 1
    }
  }
  return text
}

/** Length of the UTF-8 sequence that a lead byte promises (1 for a stray byte). */
function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4
  if (lead >= 0xe0) return 3
  if (lead >= 0xc0) return 2
  return 1
}
