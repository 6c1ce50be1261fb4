/**
 * What a directory holds, seen from outside by find and sha256sum, and the differences of two such
 * trees. Names are kept as bytes (latin1 strings).
 */

import { TestProcess } from './process.ts'
import { becomeUser, type UserIds } from './shell.ts'

export interface TreeEntry {
  /** As find's %y: f, d, l, ... */
  readonly type: string
  readonly mode: string
  /** Undefined for directories, whose size means nothing. */
  readonly size: number | undefined
  readonly mtimeNs: bigint
  /** Of regular files, unless contents were not asked for. */
  readonly sha256: string | undefined
}

export type Tree = ReadonlyMap<string, TreeEntry>

export interface TreeOptions {
  readonly contents: boolean
  /** Patterns of find's -path, such as `./.git/index`: left out with all below. */
  readonly ignore: readonly string[]
  /** Look as this user (only root can be another). */
  readonly user?: UserIds
}

const timeoutMs = 120_000

export async function readTree(directory: string, options: TreeOptions): Promise<Tree> {
  const prune = options.ignore.flatMap((pattern) => ['-path', pattern, '-prune', '-o'])
  const run = runner(directory, prune, options.user)
  const listing = await run('exec find . "$@" -printf "%y %m %s %T@ %p\\0"')
  const hashes = new Map<string, string>()
  if (options.contents) {
    const script = 'find . "$@" -type f -print0 | xargs -0 -r -n 500 sha256sum -z --'
    for (const line of records(await run(script))) {
      hashes.set(line.slice(66), line.slice(0, 64))
    }
  }
  return new Map(records(listing).map((line) => parseEntry(line, hashes)))
}

function runner(directory: string, args: readonly string[], user: UserIds | undefined) {
  const asUser = user ? [...becomeUser(user), '--'] : []
  return async (script: string): Promise<string> => {
    const strict = `set -euo pipefail; cd -- "$0"; ${script}`
    await using child = TestProcess.start([...asUser, 'bash', '-c', strict, directory, ...args], {
      orphanSignal: 'KILL',
    })
    const { code } = await child.wait(timeoutMs)
    if (code !== 0) throw new Error(`cannot read ${directory}: ${child.stderr().toString()}`)
    return child.stdout().toString('latin1')
  }
}

function records(output: string): string[] {
  return output.split('\0').filter((record) => record !== '')
}

function parseEntry(line: string, hashes: ReadonlyMap<string, string>): [string, TreeEntry] {
  const match = /^(\S) (\d+) (\d+) (-?\d+)\.(\d{9})\d* (.*)$/s.exec(line)
  if (!match) throw new Error(`unexpected output of find: ${line}`)
  const [, type = '', mode = '', size = '', seconds = '', nanoseconds = '', path = ''] = match
  const entry = {
    type,
    mode,
    size: type === 'd' ? undefined : Number(size),
    mtimeNs: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
    sha256: hashes.get(path),
  }
  return [path, entry]
}

/**
 * How the times of two trees must agree. `since`: files changed by the test itself (after this
 * moment by the expected tree's clock) only have to be changed after it in the other one as well.
 */
export interface TimeRule {
  readonly granularityNs: bigint
  readonly sinceNs?: bigint
}

/** One line for each difference; empty when the trees agree. */
export function treeDifferences(expected: Tree, actual: Tree, times: TimeRule): string[] {
  const differences: string[] = []
  for (const [path, entry] of expected) {
    const other = actual.get(path)
    if (!other) {
      differences.push(`${show(path)}: missing`)
      continue
    }
    for (const field of ['type', 'mode', 'size', 'sha256'] as const) {
      if (entry[field] === other[field]) continue
      differences.push(`${show(path)}: ${field} ${other[field]}, expected ${entry[field]}`)
    }
    if (!timesAgree(entry.mtimeNs, other.mtimeNs, times)) {
      const wanted = isOwnChange(entry.mtimeNs, times) ? 'a time of this test' : entry.mtimeNs
      differences.push(`${show(path)}: mtime ${other.mtimeNs}, expected ${wanted}`)
    }
  }
  for (const path of actual.keys()) {
    if (!expected.has(path)) differences.push(`${show(path)}: unexpected`)
  }
  return differences
}

function timesAgree(expected: bigint, actual: bigint, rule: TimeRule): boolean {
  if (isOwnChange(expected, rule)) return isOwnChange(actual, rule)
  return floor(expected, rule.granularityNs) === floor(actual, rule.granularityNs)
}

function isOwnChange(mtimeNs: bigint, { sinceNs, granularityNs }: TimeRule): boolean {
  return sinceNs !== undefined && mtimeNs >= floor(sinceNs, granularityNs)
}

function floor(value: bigint, unit: bigint): bigint {
  const rest = ((value % unit) + unit) % unit
  return value - rest
}

function show(path: string): string {
  return Buffer.from(path, 'latin1').toString()
}
