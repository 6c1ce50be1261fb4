/** The one list: every backend on every server runs all of it. */

import type { Scenario } from '../../support/mount/scenario.ts'
import { attributes } from './attributes.ts'
import { copying } from './copying.ts'
import { errors } from './errors.ts'
import { farSide } from './far-side.ts'
import { large } from './large.ts'
import { unusualNames } from './names.ts'
import { openFiles } from './open-files.ts'
import { programs } from './programs.ts'
import { reading } from './reading.ts'
import { space } from './space.ts'
import { toolchains } from './toolchains.ts'
import { writing } from './writing.ts'

/** Each script of a scenario has a limit of its own; this one ends what hangs elsewhere. */
export const scenarioLimitMs = 300_000

type Named<T> = readonly [name: string, value: T]

const byName = (scenarios: readonly Scenario[]): readonly Named<Scenario>[] =>
  scenarios.map((scenario) => [scenario.name, scenario])

export const scenarioGroups: readonly Named<readonly Named<Scenario>[]>[] = [
  ['copying', byName(copying)],
  ['reading', byName(reading)],
  ['writing', byName(writing)],
  ['space', byName(space)],
  ['attributes', byName(attributes)],
  ['names', byName(unusualNames)],
  ['large', byName(large)],
  ['open files', byName(openFiles)],
  ['errors', byName(errors)],
  ['programs', byName(programs)],
  ['toolchains', byName(toolchains)],
  ['far side', byName(farSide)],
]
