import type { Mount, MountSide } from './side.ts'
import type { Network } from '../wan/wan.ts'

/**
 * A directory that somebody else mounted: `NAME=DIRECTORY=SERVED`. It must show the served directory
 * SERVED; what is measured happens in a directory that the benchmark makes there.
 */
export class GivenSide implements MountSide {
  readonly kind = 'mount'
  readonly name: string
  readonly #directory: string
  readonly served: string

  private constructor(name: string, directory: string, served: string) {
    this.name = name
    this.#directory = directory
    this.served = served
  }

  static parse(text: string): GivenSide {
    const [name, directory, served, ...rest] = text.split('=')
    if (!name || !directory || !served || rest.length > 0) {
      throw new Error(`--side ${text}: write NAME=DIRECTORY=SERVED`)
    }
    return new GivenSide(name, directory, served)
  }

  mount({ rttMs }: Network): Promise<Mount> {
    if (rttMs > 0) throw new Error('it is where it is')
    return Promise.resolve({
      directory: this.#directory,
      resources: () => undefined,
      traffic: () => Promise.resolve(undefined),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    })
  }
}
