import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { DataConnection } from '../../../../src/server/uftpd/data-connection.ts'
import type { Session } from '../../../../src/server/uftpd/session.ts'
import type { SourceFile } from '../../../../src/server/uftpd/storage.ts'
import { TransferBuffers } from '../../../../src/server/uftpd/transfer-buffers.ts'
import { sendFile } from '../../../../src/server/uftpd/transfer.ts'

test('a read that fails while its client is slow fails the transfer alone', async () => {
  const events: string[] = []
  const session = {
    parts: {
      data: { destroy: () => events.push('destroyed') },
      rate: { chunkLimit: 10, account: async () => undefined },
    },
    buffers: new TransferBuffers(),
  } as unknown as Session
  const file = {
    read: async (buffer: Uint8Array, position: number) => {
      if (position > 0) throw Object.assign(new Error('a bad block'), { code: 'EIO' })
      return buffer.length
    },
  } as unknown as SourceFile
  const connection = {
    write: async () => {
      // Whatever nobody takes care of is told in the turn after it.
      await nextTurn()
      await nextTurn()
      events.push('sent')
    },
  } as unknown as DataConnection
  const unhandled = (): number => events.push('unhandled')
  process.on('unhandledRejection', unhandled)
  try {
    const sending = sendFile(session, file, '/f', connection, 0, 20)
    await expect(sending).rejects.toMatchObject({ code: 'EIO', path: '/f' })
  } finally {
    process.off('unhandledRejection', unhandled)
  }
  expect(events).toEqual(['sent', 'destroyed'])
})
