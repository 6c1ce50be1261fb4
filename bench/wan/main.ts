/**
 * The proxy as a process: settings as JSON in the only argument. Prints its port, then for each
 * line of input the bytes that went up and down so far; ends with its input.
 */

import { setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { Proxy } from './proxy.ts'
import type { ProxySettings } from './proxy.ts'

// It stands for what would cost this machine nothing.
if (process.getuid?.() === 0) setPriority(-10)
const { proxy, port } = await Proxy.start(JSON.parse(process.argv[2]!) as ProxySettings)
process.stdout.write(`${port}\n`)
for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(proxy.totals)}\n`)
}
process.exit()
