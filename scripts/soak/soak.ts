/**
 * Mounts and unmounts again and again on the same directories against one server, ending the mounts
 * in every way there is, with some work on each. Afterwards nothing may be left of them.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runMountCommand } from '../../test/support/mount/command-line.ts'
import { logProblems } from '../../test/support/mount/log-problems.ts'
import { findMount, mountsBelow } from '../../test/support/mount/mount-table.ts'
import { OurServer } from '../../test/support/mount/our-server.ts'
import { TestProcess } from '../../test/support/mount/process.ts'
import { gone, processesWith } from '../../test/support/mount/processes.ts'
import { runShell } from '../../test/support/mount/shell.ts'
import type { SignOn } from '../../test/support/mount/test-server.ts'
import { until } from '../../test/support/mount/until.ts'
import { programCommand } from '../../test/support/project.ts'

export interface SoakOptions {
  readonly cycles: number
  /** No cycle begins after that. */
  readonly minutes: number
  /** Mounts at a time, each on a directory of its own. */
  readonly atOnce: number
  /** An empty directory. */
  readonly scratch: string
}

export interface SoakResult {
  readonly cycles: number
  readonly seconds: number
  /** What is left that should not be, one line each. */
  readonly left: readonly string[]
}

/** How a mount ends; what a killed one leaves is healed by the next. */
const ends = [
  'SIGTERM',
  'unmount',
  'kill',
  'background',
  'background kill',
  'auto_unmount',
  'auto_unmount kill',
] as const
type End = (typeof ends)[number]

const limitMs = 30_000

/** What a program does with a mount, in short; nothing of it stays. */
const work = `
  echo "$WORD" > file; test "$(cat file)" = "$WORD"; mkdir directory; mv file directory/moved
  head -c 300000 /dev/urandom > large; sha256sum large > sums; sha256sum --quiet -c sums
  test "$(ls | tr '\\n' ' ')" = 'directory large seed sums '; cmp seed "$SEED"
  rm -r directory large sums`

/** A file without a name; the kernel tells of its end after the program's. */
const openAndRemove = `
  exec 3<> open; rm open; echo x >&3; exec 3>&-`

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { cycles, minutes, atOnce, scratch } = options
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1000
  await using server = await OurServer.start(scratch)
  const lanes = await Promise.all(
    Array.from({ length: atOnce }, (_, index) => makeLane(server, scratch, index)),
  )
  // What a server keeps of its first clients is not a leak.
  for (const lane of lanes) await cycle(lane, 0, 'SIGTERM')
  const descriptors = openDescriptors(server.processIds)

  let begun = atOnce
  let done = atOnce
  const run = async (lane: Lane): Promise<void> => {
    while (begun < cycles - atOnce && seconds() < minutes * 60) {
      const number = begun
      begun += 1
      await cycle(lane, number, ends[number % ends.length]!)
      done += 1
    }
    // Whatever the one before has left.
    await cycle(lane, begun, 'SIGTERM')
    done += 1
  }
  await Promise.all(lanes.map(run))
  const left = await leftBehind(lanes, server, descriptors)
  return { cycles: done, seconds: seconds(), left: [...left, ...server.logProblems()] }
}

interface Lane {
  readonly mountpoint: string
  readonly served: string
  readonly seed: string
  /** For temporary files of the mount process. */
  readonly temporary: string
  readonly signOn: SignOn
}

const seedText = 'a line that never changes\n'.repeat(10_000)

async function makeLane(server: OurServer, scratch: string, index: number): Promise<Lane> {
  const [mountpoint, temporary] = ['mountpoint', 'temporary'].map((name) => {
    const directory = join(scratch, `${name}-${index}`)
    mkdirSync(directory)
    return directory
  }) as [string, string]
  const served = await server.makeDirectory()
  const seed = join(served, 'seed')
  writeFileSync(seed, seedText)
  return { mountpoint, served, seed, temporary, signOn: await server.signOn(served) }
}

async function cycle(lane: Lane, number: number, end: End): Promise<void> {
  const { mountpoint, seed } = lane
  const source = `cycle-${number}`
  const isKilled = end.endsWith('kill')
  const heals = findMount(mountpoint) !== undefined
  const server = end.startsWith('background')
    ? await mountInBackground(lane, source)
    : await mountInForeground(lane, source, end.startsWith('auto_unmount'))
  try {
    const script = isKilled ? work : work + openAndRemove
    const { code, stderr } = await runShell(mountpoint, script, {
      env: { WORD: source, SEED: seed },
    })
    if (code !== 0) throw new Error(`cycle ${number}: the work failed: ${stderr}`)
    if (end === 'unmount') await unmount(mountpoint, number)
    else
      for (const pid of serversOf(mountpoint)) process.kill(pid, isKilled ? 'SIGKILL' : 'SIGTERM')
    await server?.wait(limitMs)
    const mayStay = isKilled && !end.startsWith('auto_unmount')
    if (!mayStay) {
      const unmounted = (): boolean => findMount(mountpoint) === undefined
      await until(`cycle ${number}: unmounted after ${end}`, unmounted, limitMs)
    }
    await gone(mountpoint, limitMs)
    const log = logProblems(server?.stderr().toString() ?? '')
    const problems = log.filter((line) => !(heals && /server has died is in the way/.test(line)))
    if (problems.length > 0) throw new Error(`cycle ${number}: ${problems.join('; ')}`)
  } finally {
    await server?.[Symbol.asyncDispose]()
  }
}

async function mountInBackground({ mountpoint, temporary, signOn }: Lane, source: string) {
  const args = ['-o', `fsname=${source}`, ...signOn.options, signOn.target, mountpoint]
  const env = { ...signOn.env, TMPDIR: temporary }
  const { code, stderr } = await runMountCommand(args, { env })
  if (code !== 0) throw new Error(`${source}: ${stderr}`)
  return undefined
}

async function mountInForeground(
  { mountpoint, temporary, signOn }: Lane,
  source: string,
  autoUnmount: boolean,
): Promise<TestProcess> {
  const options = `fsname=${source}${autoUnmount ? ',auto_unmount' : ''}`
  const command = [...programCommand('uftp-mount'), '-f', '-o', options, ...signOn.options]
  const server = TestProcess.start([...command, signOn.target, mountpoint], {
    env: { ...process.env, ...signOn.env, TMPDIR: temporary },
  })
  await until(`${source} is mounted`, () => {
    if (!server.running) throw new Error(server.stderr().toString())
    return findMount(mountpoint)?.source === source
  })
  return server
}

let unmounts = 0

/** By turns as root's programs and as users' do. */
async function unmount(mountpoint: string, number: number): Promise<void> {
  unmounts += 1
  const isRoot = process.getuid?.() === 0
  const command = isRoot && unmounts % 2 === 0 ? 'umount' : 'fusermount3 -u'
  const { code, stderr } = await runShell('/', `${command} '${mountpoint}'`)
  if (code !== 0) throw new Error(`cycle ${number}: ${stderr}`)
}

function serversOf(mountpoint: string): readonly number[] {
  return processesWith(mountpoint)
    .filter(({ arguments: words }) => words[0] === 'uftp-mount')
    .map(({ pid }) => pid)
}

function openDescriptors(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0)
}

async function leftBehind(
  lanes: readonly Lane[],
  server: OurServer,
  descriptorsBefore: number,
): Promise<readonly string[]> {
  const left: string[] = []
  for (const { mountpoint, served, temporary } of lanes) {
    for (const { pid } of processesWith(mountpoint)) left.push(`process ${pid} on ${mountpoint}`)
    for (const mount of mountsBelow(mountpoint)) left.push(`mount ${mount.mountpoint}`)
    for (const name of readdirSync(mountpoint)) left.push(`${mountpoint}/${name}`)
    for (const name of readdirSync(temporary)) left.push(`${temporary}/${name}`)
    for (const name of readdirSync(served)) if (name !== 'seed') left.push(`${served}/${name}`)
    if (readFileSync(join(served, 'seed'), 'utf8') !== seedText) left.push('a changed seed')
  }
  // Sessions of the last mounts end with their connections.
  await until('the servers close what they opened', () => {
    return openDescriptors(server.processIds) <= descriptorsBefore
  }).catch((error: unknown) => left.push(`descriptors of the servers: ${String(error)}`))
  return left
}
