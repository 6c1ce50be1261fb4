/**
 * A conversation of our client with a stock UFTPD: what the client does (`talk`), how it is recorded
 * (RecordingRelay) and played back (ReplayServer). Passwords, ports, markers and temporary names
 * differ each time and are put in where they belong.
 */

import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { BufferSink } from './buffer-sink.ts'

/** One command with everything the server did about it. */
export interface Exchange {
  /** As sent, with placeholders. */
  readonly command: string
  /** All replies, preliminary ones too. */
  readonly replies: string
  /** What came over the data connection meanwhile. */
  readonly sent?: string
  /** What the client sent over it. */
  readonly received?: string
  /** The server closed the data connection then. */
  readonly closes?: boolean
}

export const fixturePath = 'test/fixtures/conversations/stock-session.json'
/** The base directory, empty at the beginning. */
export const base = '/base'

/** Reads the placeholders' values out of a command, and puts them into replies. */
export class Placeholders {
  #marker = ''
  #temporary = ''

  generic(line: string): string {
    const marker = /^RANG (\d{12,}) \1$/.exec(line)?.[1]
    const temporary = /\.uftp-mount-[0-9a-f]{16}/.exec(line)?.[0]
    this.#marker = marker ?? this.#marker
    this.#temporary = temporary ?? this.#temporary
    if (line.startsWith('PASS ')) return 'PASS SECRET'
    return this.#hide(line)
  }

  genericReply(text: string): string {
    return this.#hide(text)
  }

  specific(text: string): string {
    return text.replaceAll('MARKER', this.#marker).replaceAll('TEMPORARY', this.#temporary)
  }

  #hide(text: string): string {
    const hidden = this.#marker === '' ? text : text.replaceAll(this.#marker, 'MARKER')
    return this.#temporary === '' ? hidden : hidden.replaceAll(this.#temporary, 'TEMPORARY')
  }
}

/** Whether a line is the last of a command's replies. */
export function isFinalReply(line: string): boolean {
  return /^[2-5]\d\d (?!.*MARKER)/.test(line)
}

/** Everything in turn, on one session. The results, for comparison. */
export async function talk(remote: UftpRemote): Promise<unknown[]> {
  const results: unknown[] = []
  const note = async (result: Promise<unknown>): Promise<void> => {
    const value = await result.catch((error: { code?: string }) => ({ code: error.code }))
    results.push(value ?? null) // as JSON has it
  }
  const read = async (path: string, start: number, end: number): Promise<string> => {
    const sink = new BufferSink(end - start)
    await remote.read(path, { start, end }, sink)
    return sink.bytes.toString('latin1')
  }
  await note(remote.stat('/'))
  await note(remote.makeDirectory('/with blank', 0o750))
  await note(remote.makeDirectory('/with blank', 0o750))
  await note(remote.create('/with blank/a file', 0o640))
  await note(remote.write('/with blank/a file', 5, [Buffer.from('hello')]))
  await note(read('/with blank/a file', 0, 10))
  await note(read('/with blank/a file', 3, 100))
  await note(read('/with blank/a file', 0, 4))
  await note(read('/missing', 0, 4))
  await note(read('/with blank', 0, 4))
  await note(remote.write('/no/such', 0, [Buffer.from('x')]))
  await note(remote.setAttributes('/with blank/a file', { mtimeNs: 1_720_000_000_000_000_000n }))
  await note(remote.setAttributes('/with blank', { mtimeNs: 1_705_000_000_000_000_000n }))
  await note(remote.setAttributes('/with blank/a file', { mode: 0o604 }))
  await note(remote.stat('/with blank/a file'))
  await note(remote.truncate('/with blank/a file', 3))
  await note(read('/with blank/a file', 0, 3))
  await note(remote.rename('/with blank/a file', '/with blank/ trailing ', 'replace'))
  await note(remote.rename('/missing', '/x', 'replace'))
  await note(remote.list('/with blank'))
  await note(remote.list('/with blank/ trailing '))
  await note(remote.list('/missing'))
  await note(remote.stat('/missing'))
  await note(remote.removeDirectory('/with blank'))
  await note(remote.removeFile('/with blank'))
  await note(remote.removeFile('/with blank/ trailing '))
  await note(remote.removeDirectory('/with blank'))
  await note(remote.list('/'))
  return results
}
