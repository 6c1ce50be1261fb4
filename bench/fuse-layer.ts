/**
 * What the FUSE layer alone can do: a file system in memory, served by one process, used by dd and
 * ls in others. Needs root or fusermount3. Run it with
 * `npx tsc -p test/support/fuse && node dist/test-programs/bench/fuse-layer.js [READERS...]`.
 */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServeSettings } from '../test/support/fuse/serve-memory.ts'

const server = fileURLToPath(new URL('../test/support/fuse/serve-memory.js', import.meta.url))
const fileMiB = 1024
const rounds = 3

const measurements = [
  ['first write, 1 MiB', writes('bs=1M')],
  ['overwrite, 1 MiB', writes('bs=1M', 'conv=notrunc')],
  ['overwrite, 128 KiB', writes('bs=128K', 'conv=notrunc')],
  ['read, 1 MiB', 'dd if=big of=/dev/null bs=1M'],
  ['read, 128 KiB', 'dd if=big of=/dev/null bs=128K'],
  ['read, O_DIRECT, 1 MiB', 'dd if=big of=/dev/null bs=1M iflag=direct'],
] as const

for (const readers of readerCounts()) await measure({ readers })

async function measure(settings: ServeSettings): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'fuse-bench-'))
  const child = spawn(process.execPath, [server, directory, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  print(`${settings.readers} readers`)
  for (const [name, command] of measurements) {
    const rates = Array.from({ length: rounds }, () => megabytesPerSecond(directory, command))
    print(`  ${name}: ${rates.map((rate) => rate.toFixed(0)).join(', ')} MB/s`)
  }
  shell(directory, 'mkdir many && cd many && seq -f f%g 5000 | xargs touch')
  print(`  ls -l of 5000: ${milliseconds(directory, 'ls -l many >/dev/null')} ms`)
  print(`  stat of 5000: ${milliseconds(directory, 'cd many && stat f* >/dev/null')} ms`)
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
  rmdirSync(directory)
}

function writes(...operands: readonly string[]): string {
  const size = operands.includes('bs=1M') ? fileMiB : fileMiB * 8
  return `dd if=/dev/zero of=big count=${size} ${operands.join(' ')}`
}

/** As dd tells it: the time of closing the file is in it. */
function megabytesPerSecond(directory: string, command: string): number {
  const report = shell(directory, command)
  const [, bytes, seconds] = /(\d+) bytes.*, ([\d.e+-]+) s,/.exec(report) ?? []
  return Number(bytes) / Number(seconds) / 1e6
}

function milliseconds(directory: string, command: string): string {
  const start = performance.now()
  shell(directory, command)
  return (performance.now() - start).toFixed(0)
}

function shell(directory: string, command: string): string {
  const options = {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  } as const
  const result = spawnSync('sh', ['-c', command], options)
  if (result.status !== 0) throw new Error(`${command}: ${result.stderr}`)
  return result.stderr
}

function readerCounts(): readonly number[] {
  const given = process.argv.slice(2).map(Number)
  return given.length > 0 ? given : [1, 2, 3]
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
