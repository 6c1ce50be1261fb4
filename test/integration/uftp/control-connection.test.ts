/**
 * In which packets commands leave: also the empty line that has a server go on
 * (docs/decisions/uftp-nudge.md), and who is sent none.
 */

import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { silentLogger } from '../../../src/support/logger.ts'
import { ConnectionLost } from '../../../src/uftp/connection-lost.ts'
import { ControlConnection } from '../../../src/uftp/control-connection.ts'
import { RoundTrip } from '../../../src/uftp/round-trip.ts'
import { command } from '../../../src/uftp/wire/commands.ts'
import { RelayedRemote } from '../../support/uftp/relayed-remote.ts'

/** Two commands at once for a server that `answer`s whatever comes; tells what came. */
async function talk(
  mayNudge: boolean,
  answer: (socket: Socket, text: string) => void,
): Promise<readonly string[]> {
  const heard: string[] = []
  await using server = createServer((socket) => {
    socket.on('data', (bytes) => {
      heard.push(bytes.toString())
      answer(socket, bytes.toString())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const control = await ControlConnection.connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    silenceMs: 10_000,
    roundTrip: new RoundTrip(),
    log: silentLogger,
  })
  control.mayNudge = mayNudge
  const first = control.send([command('CWD', 'a')])
  const replies = await Promise.all([...first, ...control.send([command('CWD', 'b')])])
  expect(replies.map(({ code }) => code)).toEqual([200, 250])
  control.abandon(new ConnectionLost('over'))
  return heard
}

test('a server that waits for an acknowledgement gets one', async () => {
  const heard = await talk(true, (socket, text) => {
    socket.write(text === '\r\n' ? '250 b\n' : '200 a\n')
  })
  expect(heard).toEqual(['CWD a\r\nCWD b\r\n', '\r\n'])
})

test('a server that needs none gets none', async () => {
  const heard = await talk(false, (socket) => {
    socket.write('200 a\r\n2', () => setImmediate(() => socket.write('50 b\r\n')))
  })
  expect(heard).toEqual(['CWD a\r\nCWD b\r\n'])
})

test('our server says in FEAT that it needs none', async () => {
  await using relayed = await RelayedRemote.start()
  let heard = ''
  relayed.proxy.onClientData = (text) => {
    heard += text
    return true
  }
  const remote = await relayed.connect({ sessions: 1 })
  await Promise.all(Array.from({ length: 50 }, () => remote.stat('/')))
  expect(heard.slice(heard.indexOf('OPTS'))).not.toMatch(/\r\n\r\n/)
})
