/**
 * What the mount costs: sequential read and write beside a raw RETR and STOR on the same server,
 * `ls -l` of 5,000 files, and a stat. Everything on tmpfs; each measurement of the mount has a mount
 * of its own, so all caches are cold; mount and raw alternate; medians. Runs for our servers, and
 * for a UFTPD that the environment names (docs/DEVELOPMENT.md).
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRoot } from '../test/support/mount/requirements.ts'
import { MountProcess } from '../test/support/mount/mount-process.ts'
import { makeScratch, removeScratch } from '../test/support/mount/scratch.ts'
import { availableServers, startServer } from '../test/support/mount/servers.ts'
import { runShell } from '../test/support/mount/shell.ts'
import type { TestServer } from '../test/support/mount/test-server.ts'
import { RawSession } from './raw-session.ts'

const rounds = Number(process.argv[2] ?? 5)
const fileBytes = 512 * 2 ** 20
const entries = 5_000
const stats = 500

const writing = `dd if=/dev/zero of=written bs=1M count=${fileBytes / 2 ** 20} conv=fsync status=none`

/** Prints the median seconds of a stat, each of another file that nobody asked for before. */
const medianStat = `python3 - <<'END'
import os, random, statistics, time
random.seed(1)
def seconds(path):
    start = time.perf_counter()
    os.stat(path)
    return time.perf_counter() - start
names = random.sample(range(${entries}), ${stats})
print(statistics.median([seconds(f'many/file-{name}') for name in names]))
END`

for (const name of availableServers()) {
  const scratch = makeScratch()
  try {
    await using server = await startServer(name, scratch)
    await measure(server, scratch)
  } finally {
    removeScratch(scratch)
  }
}

async function measure(server: TestServer, scratch: string): Promise<void> {
  const directory = await server.makeDirectory()
  mkdirSync(join(directory, 'many'))
  for (let index = 0; index < entries; index++) {
    writeFileSync(join(directory, 'many', `file-${index}`), `${index}\n`)
  }
  const raw = async (work: (session: RawSession) => Promise<number>): Promise<number> => {
    const { address, password } = await server.openDirectly(directory)
    using session = await RawSession.login(address, password)
    return await work(session)
  }
  const mounted = async (script: string): Promise<number> => {
    if (isRoot) await runShell('/', 'sync; echo 3 > /proc/sys/vm/drop_caches || true')
    await using mount = await MountProcess.start(await server.signOn(directory), {
      backend: 'kernel',
      parent: scratch,
    })
    const { code, stdout, stderr } = await runShell(mount.mountpoint, script)
    if (code !== 0) throw new Error(`${script}: ${stderr}`)
    await mount.stop()
    return Number(stdout)
  }

  // The first STOR makes the file that is read; pages of tmpfs exist from then on.
  await raw((session) => session.write('file', fileBytes))
  const figures = {
    rawRead: [] as number[],
    mountRead: [] as number[],
    rawWrite: [] as number[],
    mountWrite: [] as number[],
    list: [] as number[],
    stat: [] as number[],
  }
  for (let round = 0; round < rounds; round++) {
    figures.rawRead.push(await raw((session) => session.read('file', fileBytes)))
    figures.mountRead.push(await mounted(timed('dd if=file of=/dev/null bs=1M status=none')))
    figures.rawWrite.push(await raw((session) => session.write('raw', fileBytes)))
    await runShell(directory, 'rm -f raw written')
    figures.mountWrite.push(await mounted(timed(writing)))
    figures.list.push(await mounted(timed('ls -l many > /dev/null')))
    figures.stat.push(await mounted(medianStat))
  }
  report(server.name, figures)
}

/** Prints the seconds that a command takes. */
function timed(command: string): string {
  return `start=$EPOCHREALTIME; ${command}; awk "BEGIN { print $EPOCHREALTIME - $start }"`
}

function report(server: string, figures: Readonly<Record<string, readonly number[]>>): void {
  const throughput = (name: string): string => {
    const [low, middle, high] = spread(figures[name]!.map((seconds) => fileBytes / 1e6 / seconds))
    return `${middle.toFixed(0)} MB/s (${low.toFixed(0)} to ${high.toFixed(0)})`
  }
  const milliseconds = (name: string): string => {
    const [low, middle, high] = spread(figures[name]!.map((seconds) => seconds * 1e3))
    return `${middle.toFixed(2)} ms (${low.toFixed(2)} to ${high.toFixed(2)})`
  }
  print(`${server} server, ${rounds} rounds, median (lowest to highest)`)
  print(
    `  read ${fileBytes / 2 ** 20} MiB   mount ${throughput('mountRead')}, raw RETR ${throughput('rawRead')}`,
  )
  print(
    `  write ${fileBytes / 2 ** 20} MiB  mount ${throughput('mountWrite')}, raw STOR ${throughput('rawWrite')}`,
  )
  print(`  ls -l of ${entries} files, cold  ${milliseconds('list')}`)
  print(`  stat, uncached          ${milliseconds('stat')}`)
}

function spread(values: readonly number[]): [low: number, middle: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b)
  return [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!]
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
