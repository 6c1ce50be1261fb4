/** In which order reads are sent, and what goes before the first of them. */

import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
import { RelayedRemote } from '../../support/uftp/relayed-remote.ts'
import { RemoteServer } from '../../support/uftp/remote-server.ts'

test('what somebody waits for is read first, the rest in the order it was asked for', async () => {
  await using server = await RemoteServer.start()
  writeFileSync(server.path('f'), 'content', { mode: 0o644 })
  const remote = await server.connect({ sessions: 2 })
  const order: string[] = []
  const read = (name: string, isAwaited: () => boolean): Promise<number> => {
    class NotingSink extends BufferSink {
      get isAwaited(): boolean {
        return isAwaited()
      }
      override begin(): void {
        order.push(name)
        super.begin()
      }
    }
    return remote.read('/f', { start: 0, end: 7 }, new NotingSink(7))
  }
  await Promise.all([
    read('ahead 1', () => false),
    read('ahead 2', () => false),
    read('awaited', () => true),
    // Its turn has come when somebody begins to wait for it.
    read('awaited later', () => order.length > 1),
  ])
  expect(order).toEqual(['awaited', 'ahead 1', 'awaited later', 'ahead 2'])
})

test.each([1, 2])('of %d sessions one has a data connection in advance', async (sessions) => {
  await using relayed = await RelayedRemote.start()
  writeFileSync(relayed.server.path('f'), 'content', { mode: 0o644 })
  const remote = await relayed.connect({ sessions })
  const before = await relayed.packetsOf(() => remote.prepareTransfers())
  expect(before.at(-1)).toMatch(/^EPSV/)
  const packets = await relayed.packetsOf(() =>
    remote.read('/f', { start: 0, end: 7 }, new BufferSink(7)),
  )
  expect(packets).toHaveLength(1)
  expect(packets[0]).toMatch(/^SITE RETRIEVE 0 7 /)
})

test('a later session sends name and password together, and what it wants with FEAT', async () => {
  await using relayed = await RelayedRemote.start()
  const remote = await relayed.connect({ sessions: 2 })
  const packets = await relayed.packetsOf(() => remote.prepareTransfers())
  const verbs = packets.map((packet) => packet.replaceAll(/ .*/g, '').split('\n'))
  expect(verbs).toEqual([
    ['USER', 'PASS'],
    ['FEAT', 'KEEP-ALIVE', 'OPTS', 'OPTS', 'OPTS', 'SITE'],
    ['EPSV'],
  ])
})
