/**
 * Notices that the directories of a parent are entered one after the other (`find`, `rsync`,
 * `git status`), and tells which will be next: read-ahead for directories.
 *
 * Programs go in the order in which the names are listed, or sorted as git's index is; several
 * threads have a place of their own each. Who has gone one step on is expected to go on, for twice
 * as far with each further step. Pure policy: what is known of whom is the caller's matter.
 */

import { LRUCache } from 'lru-cache'

interface Walker {
  at: string
  /** How many directories beyond its own are told at the next step. */
  reach: number
}

interface Walk {
  /** None: there are too many directories. */
  readonly orders: readonly Order[]
  /** The one that went on last is first. */
  readonly walkers: Walker[]
}

const walksMax = 64
/** Threads of one program, or programs, in one directory. */
const walkersMax = 4
/** One may be left out: hidden, ignored, without tracked files. More would often be chance. */
const stepMax = 2
const reachFirst = 2
/** What is listed further ahead would be out of date when it is needed. */
const reachMax = 32
/** To sort more takes longer than the round trips that are saved at first. */
const directoriesMax = 10_000

export class WalkDetector {
  readonly #walks = new LRUCache<number, Walk>({ max: walksMax })

  /**
   * The directory of this name was entered; which are next, the nearest first. `list`: all
   * directories of the parent.
   */
  entered(parent: number, name: string, list: () => readonly string[]): readonly string[] {
    const walk = this.#walk(parent, name, list)
    if (walk.walkers.some(({ at }) => at === name)) return []
    for (const order of walk.orders) {
      const walker = walk.walkers.find(({ at }) => order.isStep(at, name))
      if (!walker) continue
      walker.at = name
      const next = order.behind(name, walker.reach)
      walker.reach = Math.min(reachMax, walker.reach * 2)
      moveToFront(walk.walkers, walker)
      return next
    }
    walk.walkers.unshift({ at: name, reach: reachFirst })
    walk.walkers.splice(walkersMax)
    return []
  }

  /** What was done for a directory that was told came to nothing: nobody entered it in time. */
  wasted(parent: number): void {
    for (const walker of this.#walks.get(parent)?.walkers ?? []) walker.reach = 1
  }

  #walk(parent: number, name: string, list: () => readonly string[]): Walk {
    const known = this.#walks.get(parent)
    const [order] = known?.orders ?? []
    if (known && (!order || order.has(name))) return known
    const walk = { orders: ordersOf(list()), walkers: known?.walkers ?? [] }
    this.#walks.set(parent, walk)
    return walk
  }
}

function ordersOf(names: readonly string[]): readonly Order[] {
  if (names.length > directoriesMax) return []
  const sorted = names.map((each) => `${each}/`).toSorted((a, b) => (a < b ? -1 : 1))
  return [new Order(names), new Order(sorted.map((each) => each.slice(0, -1)))]
}

class Order {
  readonly #names: readonly string[]
  readonly #positions: ReadonlyMap<string, number>

  constructor(names: readonly string[]) {
    this.#names = names
    this.#positions = new Map(names.map((name, position) => [name, position]))
  }

  has(name: string): boolean {
    return this.#positions.has(name)
  }

  isStep(from: string, to: string): boolean {
    const [start, end] = [this.#positions.get(from), this.#positions.get(to)]
    return start !== undefined && end !== undefined && end > start && end - start <= stepMax
  }

  behind(name: string, count: number): readonly string[] {
    const position = this.#positions.get(name) ?? this.#names.length
    return this.#names.slice(position + 1, position + 1 + count)
  }
}

function moveToFront<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1)
  list.unshift(item)
}
