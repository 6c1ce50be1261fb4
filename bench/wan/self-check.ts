/** Does the proxy do what it says? Its round trip and its rate, measured through it. */

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { median } from '../measure/outcome.ts'
import { openRoute } from './wan.ts'
import type { Network, Route } from './wan.ts'

export interface WanCheck {
  readonly rttMs: number
  /** Of four connections together; their windows may be what bounds it. */
  readonly megabytesPerSecond: number
}

const pings = 20
const connections = 4
const measureMs = 1000

/** Sends a byte to be answered, or another to be sent zeros for as long as the connection lasts. */
const ping = Buffer.from('p')
const flood = Buffer.from('f')

export async function checkWan(network: Network): Promise<WanCheck> {
  const server = createServer({ noDelay: true }, (socket) => {
    const zeros = Buffer.alloc(256 * 1024)
    const fill = (): void => {
      while (socket.writable && socket.write(zeros));
    }
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      if (bytes.equals(ping)) socket.write(ping)
      else {
        socket.on('drain', fill)
        fill()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await using route = await openRoute(network, { host: '127.0.0.1', port, ftp: false })
    return { rttMs: await roundTrip(route), megabytesPerSecond: await rate(route, network.rttMs) }
  } finally {
    server.close()
  }
}

async function roundTrip({ host, port }: Route): Promise<number> {
  const socket = connect({ host, port, noDelay: true })
  const times: number[] = []
  for (let count = 0; count <= pings; count++) {
    const start = performance.now()
    socket.write(ping)
    await once(socket, 'data')
    times.push(performance.now() - start)
  }
  socket.destroy()
  // The first one waited for the connection.
  return median(times.slice(1))
}

async function rate({ host, port }: Route, rttMs: number): Promise<number> {
  let received = 0
  const buffer = Buffer.alloc(1024 * 1024)
  const onread = { buffer, callback: (length: number) => ((received += length), true) }
  const sockets = Array.from({ length: connections }, () => connect({ host, port, onread }))
  for (const socket of sockets) socket.write(flood)
  // The windows fill before the time begins.
  await wait(4 * rttMs)
  const before = received
  const start = performance.now()
  await wait(measureMs)
  const seconds = (performance.now() - start) / 1000
  for (const socket of sockets) socket.destroy()
  return (received - before) / 1e6 / seconds
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
