/** The network between a side and its server: none (loopback), or a proxy process per server. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ProxySettings } from './proxy.ts'

export interface Network {
  /** 0: no proxy. */
  readonly rttMs: number
  readonly gigabits: number
}

export interface Traffic {
  readonly up: number
  readonly down: number
}

export function bytesBetween(before?: Traffic, after?: Traffic): number | undefined {
  if (!before || !after) return undefined
  return after.up + after.down - before.up - before.down
}

/** How a client reaches a server through a network. */
export interface Route extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Bytes so far; undefined where nobody counts. */
  traffic(): Promise<Traffic | undefined>
}

export interface Destination {
  readonly host: string
  readonly port: number
  readonly ftp: boolean
}

const program = fileURLToPath(new URL('main.js', import.meta.url))
const proxyHost = '127.0.0.2'
const windowBytes = 4 * 2 ** 20

export async function openRoute(network: Network, destination: Destination): Promise<Route> {
  const { host, port, ftp } = destination
  if (network.rttMs === 0) {
    return {
      host,
      port,
      traffic: () => Promise.resolve(undefined),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }
  const settings: ProxySettings = {
    server: { host, port },
    host: proxyHost,
    rttMs: network.rttMs,
    bytesPerSecond: (network.gigabits * 1e9) / 8,
    windowBytes,
    ftp,
  }
  // It ends with its input: also when this process is killed.
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the proxy ended')
    return value
  }
  return {
    host: proxyHost,
    port: Number(await nextLine()),
    traffic: async () => {
      child.stdin.write('\n')
      return JSON.parse(await nextLine()) as Traffic
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended
    },
  }
}
