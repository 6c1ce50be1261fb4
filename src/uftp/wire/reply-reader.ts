/**
 * Replies out of the bytes of a control connection: lines first, replies second, so that it does not
 * matter where TCP cuts. Line ends are LF (stock UFTPD) or CRLF. Both lengths are bounded.
 *
 * A reply is one line `CODE text`, or several (RFC 959 §4.2): `CODE-text`, any lines, `CODE text`.
 * UFTPD starts the lines between with one space, but prints file names raw: a name that holds LF can
 * forge the last line. Replies that list names are therefore read up to a marker (see `Marker`).
 */

import { ErrnoError } from '../../support/errno-error.ts'
import { decodeName } from '../../support/name-bytes.ts'

export interface Reply {
  /** Three digits. */
  readonly code: number
  /** What follows the code in the last line. */
  readonly text: string
  /** The lines between the first and the last, raw; empty for a one-line reply. */
  readonly lines: readonly string[]
}

/**
 * Text that only the reply to a command sent right behind can hold. With a marker the reply is all
 * that comes before the line with that text, and that line is swallowed.
 */
export type Marker = string

/** Replies quote at most two paths of 8 KiB. */
const lineBytesMax = 64 * 1024
/** A directory of a million entries listed by STAT needs about 60 MB. */
const replyLengthMax = 128 * 2 ** 20

const lf = 0x0a
const cr = 0x0d

export class LineReader {
  #partial: Buffer[] = []
  #partialBytes = 0

  /** The lines that `chunk` completes, without their line ends. EPROTO for an endless line. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(lf); end >= 0; end = chunk.indexOf(lf, start)) {
      lines.push(this.#complete(chunk.subarray(start, end)))
      start = end + 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
    return lines
  }

  #complete(tail: Buffer): string {
    let line = tail
    if (this.#partialBytes > 0) {
      line = Buffer.concat([...this.#partial, tail])
      this.#partial = []
      this.#partialBytes = 0
    }
    const end = line.at(-1) === cr ? line.length - 1 : line.length
    return decodeName(line.subarray(0, end))
  }

  #keep(piece: Buffer): void {
    this.#partialBytes += piece.length
    if (this.#partialBytes > lineBytesMax) {
      throw new ErrnoError('EPROTO', `a reply line of more than ${lineBytesMax} bytes`)
    }
    this.#partial.push(Buffer.from(piece))
  }
}

const firstLine = /^(\d{3})(?:([ -])(.*))?$/s

export class ReplyReader {
  #lines: string[] = []
  #length = 0

  /** True while a reply is incomplete. */
  get isInside(): boolean {
    return this.#lines.length > 0
  }

  /** The reply that `line` completes, if it does. EPROTO for what cannot be a reply. */
  push(line: string, marker?: Marker): Reply | undefined {
    this.#length += line.length
    if (this.#length > replyLengthMax) {
      throw new ErrnoError('EPROTO', `a reply of more than ${replyLengthMax} characters`)
    }
    if (marker === undefined) return this.#pushPlain(line)
    if (!line.includes(marker)) {
      this.#lines.push(line)
      return undefined
    }
    const last = this.#lines.pop()
    if (last === undefined) throw new ErrnoError('EPROTO', 'a marker without a reply before it')
    return this.#finish(last)
  }

  #pushPlain(line: string): Reply | undefined {
    const first = this.#lines[0] ?? line
    const match = firstLine.exec(first)
    if (!match) throw new ErrnoError('EPROTO', `not a reply: ${JSON.stringify(line.slice(0, 200))}`)
    const isLast = first === line && !this.isInside ? match[2] !== '-' : endsReply(line, match[1]!)
    if (isLast) return this.#finish(line)
    this.#lines.push(line)
    return undefined
  }

  #finish(last: string): Reply {
    const match = firstLine.exec(last)
    if (!match) throw new ErrnoError('EPROTO', `not the end of a reply: ${last.slice(0, 200)}`)
    const lines = this.#lines.slice(1)
    this.#lines = []
    this.#length = 0
    return { code: Number(match[1]), text: match[3] ?? '', lines }
  }
}

function endsReply(line: string, code: string): boolean {
  return line.startsWith(`${code} `) || line === code
}
