/**
 * Child processes of tests. Each leads its own process group and is told to end (SIGTERM, which
 * every program of ours takes as "clean up and go") when the test process dies, however it dies.
 */

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

export interface ProcessExit {
  /** Null when a signal ended the process. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProcessOptions {
  /** The whole environment of the child. */
  readonly env?: NodeJS.ProcessEnv
  /** Sent when the test process dies; default SIGTERM. */
  readonly orphanSignal?: 'TERM' | 'KILL'
  readonly input?: string | Buffer
}

/** Output kept of a process; what exceeds it is cut. Debug logs are long. */
const outputLimit = 64 * 2 ** 20

const graceMs = 5_000

const hasParentDeathSignal = spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0

export class TestProcess implements AsyncDisposable {
  readonly pid: number
  /** Resolves when the process has ended and its output is complete. */
  readonly ended: Promise<ProcessExit>
  readonly #stdout: Buffer[] = []
  readonly #stderr: Buffer[] = []
  #running = true

  private constructor(child: ChildProcess) {
    this.pid = child.pid ?? -1
    collect(child.stdout, this.#stdout)
    collect(child.stderr, this.#stderr)
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => (this.#running = false))
      child.once('close', (code, signal) => resolve({ code, signal }))
    })
    this.ended.catch(() => (this.#running = false))
  }

  static start(command: readonly string[], options: ProcessOptions = {}): TestProcess {
    const orphan = ['setpriv', '--pdeathsig', options.orphanSignal ?? 'TERM', '--']
    const [program = '', ...args] = hasParentDeathSignal ? [...orphan, ...command] : command
    const child = spawn(program, args, {
      detached: true,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    // A child may end without reading its input.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
    return new TestProcess(child)
  }

  get running(): boolean {
    return this.#running
  }

  stdout(): Buffer {
    return Buffer.concat(this.#stdout)
  }

  stderr(): Buffer {
    return Buffer.concat(this.#stderr)
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running) process.kill(this.pid, signal)
  }

  /** Resolves like `ended`; a process that does not end in time is killed with all its group. */
  async wait(timeoutMs: number): Promise<ProcessExit> {
    let expired = false
    const timer = setTimeout(() => {
      expired = true
      this.#killGroup()
    }, timeoutMs)
    try {
      const exit = await this.ended
      if (!expired) return exit
      throw new Error(
        `process ${this.pid} did not end within ${timeoutMs} ms\n${this.stdout().toString()}` +
          this.stderr().toString(),
      )
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends what still runs: first with the chance to clean up, then with all its group. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGTERM')
    const timer = setTimeout(() => this.#killGroup(), graceMs)
    await this.ended.catch(() => {})
    clearTimeout(timer)
    this.#killGroup()
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {
      // Nobody of the group is left.
    }
  }
}

function collect(stream: NodeJS.ReadableStream | null, pieces: Buffer[]): void {
  let length = 0
  stream?.on('data', (piece: Buffer) => {
    length += piece.length
    if (length <= outputLimit) pieces.push(piece)
  })
}
