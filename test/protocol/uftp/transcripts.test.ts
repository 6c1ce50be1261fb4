/** Replies as a stock UFTPD sent them, through a real control connection, however TCP cuts them. */

import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/support/logger.ts'
import { ConnectionLost } from '../../../src/uftp/connection-lost.ts'
import { ControlConnection } from '../../../src/uftp/control-connection.ts'
import { RoundTrip } from '../../../src/uftp/round-trip.ts'
import { parseFeatures } from '../../../src/uftp/wire/features.ts'
import type { Command } from '../../../src/uftp/wire/commands.ts'
import { LineReader, ReplyReader, type Reply } from '../../../src/uftp/wire/reply-reader.ts'
import { controlTurns, ftpTranscripts, readTranscript } from '../../support/uftp/transcripts.ts'
import type { Turn } from '../../support/uftp/transcripts.ts'

const transferring = /^(RETR|STOR|APPE|LIST|MLSD)\b/

function asCommand(line: string): Command {
  const transfers = transferring.test(line) ? ({ transfers: true } as const) : {}
  return { verb: 'STAT', spec: { accepts: [], ...transfers }, line, shown: line }
}

/** The final replies of a turn, read off the recorded text without our parser. */
function expectedReplies({ replies }: Turn): readonly Reply[] {
  const found: Reply[] = []
  let inside: string[] | undefined
  for (const line of replies.split('\n').slice(0, -1)) {
    if (inside && line.startsWith(' ')) inside.push(line)
    else if (line[3] === '-') inside = []
    else {
      const code = Number(line.slice(0, 3))
      if (code >= 200) found.push({ code, text: line.slice(4), lines: inside ?? [] })
      inside = undefined
    }
  }
  return found
}

/** Speaks one recorded turn after the other, a byte at a time. */
class ReplayServer {
  turns: readonly Turn[] = []
  readonly received: string[] = []
  readonly #server = createServer((socket) => {
    let turn = 0
    let text = ''
    const speak = (): void => {
      for (const byte of Buffer.from(this.turns[turn]?.replies ?? '')) socket.write(Buffer.of(byte))
    }
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      text += bytes.toString()
      const next = this.turns[turn + 1]?.commands ?? []
      const lines = text.split('\r\n').slice(0, -1)
      if (next.length === 0 || lines.length < next.length) return
      this.received.push(...lines)
      text = ''
      turn += 1
      speak()
    })
    speak()
  })

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    this.#server.close()
  }
}

const server = new ReplayServer()

beforeAll(() => server.start())
afterAll(() => server.stop())

describe.each(ftpTranscripts().map((transcript) => [transcript.name, transcript] as const))(
  'transcript %s',
  (_, transcript) => {
    const turns = controlTurns(transcript)

    test('is answered in order, a byte at a time', async () => {
      server.turns = turns
      const control = await ControlConnection.connect({
        host: '127.0.0.1',
        port: server.port,
        silenceMs: 5_000,
        roundTrip: new RoundTrip(),
        log: silentLogger,
      })
      expect([await control.greeting()]).toEqual(expectedReplies(turns[0]!))
      for (const turn of turns.slice(1)) {
        if (turn.commands[0] === 'QUIT') continue
        const replies = await Promise.all(control.send(turn.commands.map(asCommand)))
        expect(replies).toEqual(expectedReplies(turn))
      }
      control.abandon(new ConnectionLost('the transcript ends'))
    })

    test('gives the same replies wherever it is cut in two', () => {
      const bytes = Buffer.from(turns.map(({ replies }) => replies).join(''))
      const whole = read([bytes])
      for (let cut = 1; cut < bytes.length; cut++) {
        expect(read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole)
      }
      expect(read([Buffer.from(bytes.toString().replaceAll('\n', '\r\n'))])).toEqual(whole)
    })
  },
)

function read(chunks: readonly Buffer[]): readonly Reply[] {
  const lines = new LineReader()
  const replies = new ReplyReader()
  return chunks
    .flatMap((chunk) => lines.push(chunk))
    .map((line) => replies.push(line))
    .filter((reply) => reply !== undefined)
}

test('the features of stock UFTPD are read from its merged lines', () => {
  const turn = controlTurns(readTranscript('feat')).find(({ commands }) => commands[0] === 'FEAT')!
  const [reply] = expectedReplies(turn)
  expect(parseFeatures(reply!.lines)).toEqual({
    extendedPassive: true,
    listingFacts: [],
    settableFacts: new Set(['modify', 'unix.mode']),
    siteCommands: new Set(),
    escapesPaths: false,
    tellsFacts: false,
    repliesWhole: false,
  })
})
