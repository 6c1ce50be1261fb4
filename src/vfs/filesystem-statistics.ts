import type { Clock } from '../support/clock.ts'
import type { FilesystemStatistics } from './attributes.ts'
import { nameLengthMax } from './names.ts'
import type { Remote } from './remote.ts'

/** Where the far side tells no numbers. Large, so that no program thinks it is full. */
const unknown: FilesystemStatistics = {
  blockSize: 4096,
  blocks: 2 ** 38, // 1 PiB
  blocksFree: 2 ** 38,
  blocksAvailable: 2 ** 38,
  files: 2 ** 32,
  filesFree: 2 ** 32,
  nameLengthMax,
}

/** Programs that watch free space ask for it many times a second. */
const believedMs = 1000

/** statfs(2): the far side's numbers, asked for once for all who want them at a time. */
export class StatisticsOfRemote {
  readonly #remote: Remote
  readonly #clock: Clock
  #answer:
    { readonly numbers: Promise<FilesystemStatistics>; readonly askedAtMs: number } | undefined

  constructor({ remote, clock }: { readonly remote: Remote; readonly clock: Clock }) {
    this.#remote = remote
    this.#clock = clock
  }

  async get(): Promise<FilesystemStatistics> {
    if (!this.#remote.capabilities.has('statistics')) return unknown
    const nowMs = this.#clock.monotonicMs()
    if (this.#answer && nowMs - this.#answer.askedAtMs < believedMs) return this.#answer.numbers
    const answer = { numbers: this.#remote.statistics('/'), askedAtMs: nowMs }
    this.#answer = answer
    try {
      return await answer.numbers
    } catch (error) {
      if (this.#answer === answer) this.#answer = undefined
      throw error
    }
  }
}
