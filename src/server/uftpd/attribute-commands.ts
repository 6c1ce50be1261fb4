/**
 * MFMT and MFF. Times are in the server's local time as stock reads them, or UTC with an optional
 * fraction once the client has negotiated facts (file-facts.ts).
 */

import { formatTimeValue, parseTimeValue } from '../../uftp/wire/facts.ts'
import type { CommandTable } from './command.ts'
import { formatLocalTime, parseLocalTime } from './local-time.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'

/** Splits at the first space: the path may hold more. */
function splitPath(argument: string): readonly [string, string] {
  const space = argument.indexOf(' ')
  if (space < 1 || space === argument.length - 1) throw new Refusal(501, 'Argument syntax error')
  return [argument.slice(0, space), argument.slice(space + 1)]
}

/** Sets the time and tells what is stored: microseconds at best. */
async function setTime(session: Session, path: string, value: string): Promise<string> {
  const utc = session.facts.negotiated
  const epochNs = utc ? parseTimeValue(value) : parseLocalTime(value)
  if (epochNs === undefined || (!utc && value.includes('.'))) {
    throw new Refusal(501, `time data '${value}' does not match format 'YYYYMMDDHHMMSS'`)
  }
  const stored = await session.parts.storage.setModificationTime(path, epochNs)
  return utc ? formatTimeValue(stored, { fraction: true }) : formatLocalTime(stored)
}

async function setMode(session: Session, path: string, value: string): Promise<string> {
  // `100644` as MLST tells it is fine: the type bits are cut.
  if (!/^[0-7]{1,7}$/.test(value)) throw new Refusal(501, `Invalid mode '${value}'`)
  await session.parts.storage.setMode(path, Number.parseInt(value, 8) & 0o7777)
  return value
}

async function mfmt(session: Session, argument: string): Promise<string> {
  const [value, target] = splitPath(argument)
  const stored = await setTime(session, session.path(target), value)
  return `213 Modify=${stored}; ${target}`
}

const setters: Readonly<Record<string, typeof setTime>> = { modify: setTime, 'unix.mode': setMode }

/** Nothing is changed unless every fact is one that can be changed. */
async function mff(session: Session, argument: string): Promise<string> {
  const [list, target] = splitPath(argument)
  const path = session.path(target)
  const changes = list
    .split(';')
    .filter((fact) => fact !== '')
    .map((fact) => {
      const equals = fact.indexOf('=')
      const name = fact.slice(0, Math.max(0, equals))
      const setter = Object.hasOwn(setters, name.toLowerCase())
        ? setters[name.toLowerCase()]
        : undefined
      if (!setter) throw new Refusal(504, `Not supported: '${name || fact}'`)
      return { name, value: fact.slice(equals + 1), setter }
    })
  const done: string[] = []
  for (const { name, value, setter } of changes) {
    done.push(`${name}=${await setter(session, path, value)}`)
  }
  return `213 ${done.join(';')}; ${target}`
}

/** `SITE CHMOD mode path`, which FTP clients know; no other SITE command. */
async function site(session: Session, argument: string): Promise<string> {
  const [, name = '', rest = ''] = /^(\S*) ?(.*)$/s.exec(argument)!
  if (name.toUpperCase() !== 'CHMOD') throw new Refusal(504, `Not supported: 'SITE ${name}'`)
  const [mode, target] = splitPath(rest)
  await setMode(session, session.path(target), mode)
  return '200 OK'
}

export const attributeCommands = {
  MFMT: { level: 'WRITE', needsArgument: true, run: mfmt },
  SITE: { level: 'WRITE', needsArgument: true, run: site },
  MFF: { level: 'WRITE', needsArgument: true, run: mff },
} as const satisfies CommandTable
