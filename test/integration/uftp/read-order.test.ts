/** Who waits for bytes gets them before what is only read ahead. */

import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BufferSink } from '../../support/uftp/buffer-sink.ts'
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
