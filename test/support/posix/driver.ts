/**
 * A process that does file operations in one directory (driver.py). Tests give the same operations to
 * one on a mount and to one in an ordinary directory, and compare. It is a process of its own: what
 * works on a mount must not be what watches over it.
 */

import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { projectRoot } from '../project.ts'
import { becomeUser } from '../mount/shell.ts'
import type { UserIds } from '../mount/shell.ts'

/** A verb of driver.py and its arguments. */
export type Operation = readonly [verb: string, ...unknown[]]

/** What a call gave, `{ error: 'ENOENT' }` if it failed. */
export type Result = unknown

export interface DriverOptions {
  /** Compare how many names files have. */
  readonly links?: boolean
  /** Compare whose files are. */
  readonly owners?: boolean
  /** Work as this user (only root can). */
  readonly user?: UserIds
}

const program = join(projectRoot, 'test/support/posix/driver.py')

export class Driver implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  #errors = ''

  constructor(directory: string, options: DriverOptions = {}) {
    const { links = false, owners = false, user } = options
    const asUser = user ? [...becomeUser(user), '--'] : []
    const facts = [...(links ? ['--links'] : []), ...(owners ? ['--owners'] : [])]
    // The directory is entered by the child: the test process would be held up by a dead mount.
    const enter = ['sh', '-c', 'cd -- "$0" && exec python3 "$@"', directory, program, ...facts]
    const [command = '', ...args] = [...asUser, ...enter]
    this.#child = spawn(command, args, { env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } })
    this.#child.stderr.on('data', (piece: Buffer) => (this.#errors += piece.toString()))
    this.#child.stdin.on('error', () => {})
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Does them in order; one result for each. */
  async perform(operations: readonly Operation[]): Promise<readonly Result[]> {
    this.#child.stdin.write(`${JSON.stringify(operations)}\n`)
    const answer = await this.#answers.next()
    if (answer.done) throw new Error(`the driver ended: ${this.#errors}`)
    return JSON.parse(answer.value) as Result[]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.stdin.end()
    await once(this.#child, 'exit')
  }
}

/** One line for each operation whose results differ. */
export function differences(
  operations: readonly Operation[],
  expected: readonly Result[],
  actual: readonly Result[],
): readonly string[] {
  return operations.flatMap((operation, index) => {
    const [wanted, got] = [expected[index], actual[index]]
    const words = operation.map((word) => JSON.stringify(word)).join(' ')
    return resultDifferences(wanted, got).map((difference) => `${words}: ${difference}`)
  })
}

/** Field by field, as far as both have fields. */
function resultDifferences(wanted: Result, got: Result): readonly string[] {
  const texts = [got, wanted].map((result) => JSON.stringify(result))
  if (texts[0] === texts[1]) return []
  if (!hasFields(wanted) || !hasFields(got)) return [`${texts[0]}, expected ${texts[1]}`]
  const names = new Set([...Object.keys(wanted), ...Object.keys(got)])
  return [...names].flatMap((name) =>
    resultDifferences(wanted[name], got[name]).map((difference) => `${name}: ${difference}`),
  )
}

function hasFields(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !('error' in value)
}
