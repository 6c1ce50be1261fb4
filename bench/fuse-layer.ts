/**
 * What the FUSE layer alone can do: a file system in memory behind each backend, used by programs in
 * other processes; backends take turns, medians and their ratio are printed. Needs root or
 * fusermount3; with root the kernel's caches are emptied in between.
 *
 * `make bench-fuse`, or `npm run bench:fuse [ROUNDS]`.
 */

import { randomInt } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServeSettings } from '../test/support/fuse/serve-memory.ts'

const server = fileURLToPath(new URL('../test/support/fuse/serve-memory.js', import.meta.url))
const backends = ['kernel', 'native'] as const
type Backend = (typeof backends)[number]

const fileMiB = 1024
const randomReads = 2000
const manyFiles = 10_000
const rounds = Number(process.argv[2] ?? 3)

interface Measurement {
  readonly name: string
  readonly unit: 'MB/s' | '1/s' | 'ms'
  readonly measure: (directory: string) => number
}

const measurements: readonly Measurement[] = [
  {
    // Over what is there: a growing file would measure the allocation of memory.
    name: 'write, 1 MiB',
    unit: 'MB/s',
    measure: (dir) => dd(dir, 'if=/dev/zero of=big conv=notrunc'),
  },
  { name: 'read, 1 MiB', unit: 'MB/s', measure: (dir) => dd(dir, 'if=big of=/dev/null') },
  { name: 'read, 4 KiB at random', unit: '1/s', measure: readAtRandom },
  {
    name: `ls -l of ${manyFiles}, cold`,
    unit: 'ms',
    measure: (dir) => milliseconds(dir, 'ls -l many > /dev/null'),
  },
  {
    name: `stat of ${manyFiles} after readdir`,
    unit: 'ms',
    measure: (dir) => milliseconds(dir, 'find many -type f -size -1 > /dev/null'),
  },
  {
    name: 'create and unlink 1,000',
    unit: 'ms',
    measure: (dir) => milliseconds(dir, 'cd one && seq 1000 | xargs touch && rm -f *'),
  },
]

const samples = new Map<string, number[]>()

for (let round = 0; round < rounds; round++) {
  for (const backend of round % 2 ? backends.toReversed() : backends) await sample(backend)
}
report()

async function sample(backend: Backend): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'fuse-bench-'))
  const settings: ServeSettings = { backend }
  const child = spawn(process.execPath, [server, directory, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '8' },
  })
  await once(child.stdout, 'data')
  dd(directory, 'if=/dev/zero of=big')
  shell(directory, `mkdir one many && cd many && seq -f f%g ${manyFiles} | xargs touch`)
  for (const { name, measure } of measurements) {
    if (!name.startsWith('stat of')) emptyCaches()
    const key = `${backend} ${name}`
    samples.set(key, [...(samples.get(key) ?? []), measure(directory)])
  }
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
  rmdirSync(directory)
}

function report(): void {
  print(`median of ${rounds} rounds; file of ${fileMiB} MiB`)
  print(`${''.padEnd(34)}${backends.map((backend) => backend.padStart(10)).join('')}   kernel is`)
  for (const { name, unit } of measurements) {
    const [kernel, native] = backends.map((backend) => median(samples.get(`${backend} ${name}`)!))
    const ratio = unit === 'ms' ? native! / kernel! : kernel! / native!
    const cells = [kernel!, native!].map((value) => value.toFixed(0).padStart(10)).join('')
    print(`${`${name} (${unit})`.padEnd(34)}${cells}   ${ratio.toFixed(1)} x as fast`)
  }
}

/** As dd tells it: the time of closing the file is in it. */
function dd(directory: string, operands: string): number {
  const output = shell(directory, `dd bs=1M count=${fileMiB} ${operands}`)
  const [, bytes, seconds] = /(\d+) bytes.*, ([\d.e+-]+) s,/.exec(output) ?? []
  return Number(bytes) / Number(seconds) / 1e6
}

function readAtRandom(directory: string): number {
  const fd = openSync(join(directory, 'big'), 'r')
  const block = Buffer.alloc(4096)
  const start = performance.now()
  for (let read = 0; read < randomReads; read++) {
    readSync(fd, block, 0, block.length, randomInt(fileMiB * 256) * block.length)
  }
  const seconds = (performance.now() - start) / 1000
  closeSync(fd)
  return randomReads / seconds
}

function milliseconds(directory: string, command: string): number {
  const start = performance.now()
  shell(directory, command)
  return performance.now() - start
}

function shell(directory: string, command: string): string {
  const env = { ...process.env, LC_ALL: 'C' }
  const result = spawnSync('sh', ['-c', command], { cwd: directory, encoding: 'utf8', env })
  if (result.status !== 0) throw new Error(`${command}: ${result.stderr}`)
  return result.stderr
}

function emptyCaches(): void {
  if (process.getuid?.() === 0) writeFileSync('/proc/sys/vm/drop_caches', '3')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
