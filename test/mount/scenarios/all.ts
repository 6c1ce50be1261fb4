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
import { writing } from './writing.ts'

export const scenarioGroups = {
  copying,
  reading,
  writing,
  attributes,
  names: unusualNames,
  large,
  'open files': openFiles,
  errors,
  programs,
  'far side': farSide,
} as const satisfies Record<string, readonly Scenario[]>
