/** The argument of `-o`: `ro,uid=1000,attr_timeout=5`. */

import { usageError } from './exit.ts'
import {
  ignoredMountOptions,
  mountFlagOpposites,
  optionTable,
  type OptionDefinition,
  type OptionKey,
} from './options.ts'

export interface MountOptionValues {
  /** Flags have the value `true`. */
  readonly values: ReadonlyMap<OptionKey, string | true>
  /** The last word on each: `nosuid` or `suid`, ... */
  readonly mountFlags: readonly string[]
}

/** Of flags and of what takes them back: the other one, if there is one. */
const opposites = new Map<string, string | undefined>(mountFlagOpposites)
for (const [flag, opposite] of mountFlagOpposites) {
  if (opposite !== undefined) opposites.set(opposite, flag)
}

const byName = new Map<string, OptionKey>()
for (const [key, definition] of Object.entries<OptionDefinition>(optionTable)) {
  if (definition.mountOption !== undefined) byName.set(definition.mountOption, key as OptionKey)
}

/** Later options win. Unknown ones are errors that name the option. */
export function parseMountOptions(arguments_: readonly string[]): MountOptionValues {
  const values = new Map<OptionKey, string | true>()
  const mountFlags = new Set<string>()
  for (const option of arguments_.flatMap(splitOptions)) {
    const equals = option.indexOf('=')
    const typed = equals < 0 ? option : option.slice(0, equals)
    const name = typed.replaceAll('-', '_')
    const value = equals < 0 ? undefined : option.slice(equals + 1)
    if (opposites.has(name) && value === undefined) {
      mountFlags.delete(opposites.get(name) ?? '')
      mountFlags.add(name)
    } else if (name === 'rw') values.delete('readOnly')
    else if (!isIgnored(name)) addValue(values, typed, name, value)
  }
  return { values, mountFlags: [...mountFlags] }
}

function isIgnored(name: string): boolean {
  return ignoredMountOptions.has(name) || name.startsWith('x_') || name === 'comment'
}

function addValue(
  values: Map<OptionKey, string | true>,
  typed: string,
  name: string,
  value: string | undefined,
): void {
  const key = byName.get(name)
  if (key === undefined) {
    throw usageError(`unknown mount option "${typed}": see uftp-mount --help for the list`)
  }
  const isFlag = optionTable[key].kind === 'flag'
  if (isFlag && value !== undefined) throw usageError(`mount option "${typed}" takes no value`)
  if (!isFlag && !value) throw usageError(`mount option "${typed}" needs a value: ${typed}=…`)
  values.set(key, value ?? true)
}

/** Commas separate; `\,` is a comma within a value. */
function splitOptions(text: string): string[] {
  return (text.match(/(?:\\.|[^,\\])+/gs) ?? []).map((option) => option.replace(/\\(.)/gs, '$1'))
}
