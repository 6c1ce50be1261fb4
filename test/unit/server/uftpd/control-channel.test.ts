import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ControlChannel } from '../../../../src/server/uftpd/control-channel.ts'

let written: string[]
let taken: (() => void) | undefined
let socket: Duplex
let control: ControlChannel

beforeEach(() => {
  written = []
  taken = undefined
  socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString())
      if (chunk.length > 100_000) taken = done
      else done()
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

test.each(['end', 'destroy'] as const)('%s comes after what is held', async (method) => {
  await control.replySoon('221 a')
  control[method]()
  expect(written).toEqual(['221 a\r\n'])
})

test('only so much is held', async () => {
  await commands('A', 'B')
  const text = 'x'.repeat(20_000)
  await control.reply(text)
  await control.reply(text)
  expect(written).toEqual([])
  await control.reply(text)
  expect(written).toEqual([`${text}\r\n`.repeat(3)])
})

test('waits while the client does not read', async () => {
  await commands('A')
  let isDone = false
  const replying = control.reply('x'.repeat(200_000)).then(() => (isDone = true))
  await nextTurn()
  expect(isDone).toBe(false)
  taken?.()
  await replying
})
