import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ControlChannel } from '../../../../src/server/uftpd/control-channel.ts'

let written: string[]
/** Lets the client read what has been written last. */
let taken: (() => void) | undefined
let isReading: boolean
let socket: Duplex
let control: ControlChannel

beforeEach(() => {
  written = []
  taken = undefined
  isReading = true
  socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString())
      if (isReading) done()
      else taken = done
    },
  })
  control = new ControlChannel(socket as Socket)
})

afterEach(() => {
  socket.destroy()
})

/** All of them have arrived together, and the first is being executed. */
async function commands(...lines: readonly string[]): Promise<void> {
  socket.push(lines.map((line) => `${line}\r\n`).join(''))
  await control.nextLine()
}

test('a reply with nothing to follow is written at once', async () => {
  await commands('A')
  const replying = control.reply('200 a')
  expect(written).toEqual(['200 a\r\n'])
  await replying
})

test('replies to commands that came together share a write', async () => {
  await commands('A', 'B', 'C')
  await control.reply('200 a')
  await control.nextLine()
  await control.reply('250- b\n b\n250 b')
  await control.nextLine()
  expect(written).toEqual([])
  await control.reply('200 c')
  expect(written).toEqual(['200 a\r\n250- b\r\n b\r\n250 b\r\n200 c\r\n'])
  await nextTurn()
  expect(written).toHaveLength(1)
})

test('a reply does not wait longer than for the turn of the event loop to end', async () => {
  await commands('A', 'B')
  await control.reply('200 a')
  await nextTurn()
  expect(written).toEqual(['200 a\r\n'])
})

test('what is told before the reply comes before it', async () => {
  await commands('A')
  await control.replySoon('150 a')
  expect(written).toEqual([])
  await control.reply('226 a')
  expect(written).toEqual(['150 a\r\n226 a\r\n'])
})

test('the end comes after what is held', async () => {
  await control.replySoon('221 a')
  control.end()
  expect(written).toEqual(['221 a\r\n'])
})

test('only so much is held', async () => {
  await commands('A', 'B')
  const text = 'x'.repeat(20_000)
  await control.reply(text)
  expect(written).toEqual([])
  await control.reply(text)
  expect(written).toEqual([`${text}\r\n`.repeat(2)])
})

test.each([
  ['the only reply', ['A'], 200_000],
  ['a long reply that others follow', ['A', 'B'], 200_000],
])('%s waits while the client does not read', async (_name, lines, length) => {
  isReading = false
  await commands(...lines)
  expect(await waits(control.reply('x'.repeat(length)))).toBe(true)
})

test('a short reply waits while the client has not read what came before', async () => {
  isReading = false
  await commands('A', 'B', 'C')
  // Held, and more than the socket takes when it is sent.
  await control.reply('x'.repeat(20_000))
  await nextTurn()
  expect(written).toHaveLength(1)
  await control.nextLine()
  expect(await waits(control.reply('200 b'))).toBe(true)
  expect(written).toHaveLength(2)
})

/** Whether a reply is not done before the client has read what has been written. */
async function waits(replying: Promise<void>): Promise<boolean> {
  let isDone = false
  const done = replying.then(() => (isDone = true))
  await nextTurn()
  const wasDone = isDone
  isReading = true
  taken?.()
  await done
  return !wasDone
}
