/**
 * The map file (JSON): DN → attributes, each a text or a list of texts, the first being the
 * default. `uftpd.NAME.xlogin` and so on override for one server.
 */

import * as v from 'valibot'
import { comparableName } from './distinguished-name.ts'

const attributeValues = v.union([v.string(), v.array(v.string())])
const mapFile = v.record(v.string(), v.record(v.string(), attributeValues))

/** The values of a user's attributes. */
export type Attributes = ReadonlyMap<string, readonly string[]>

/** By comparable DN. */
export type AttributeMap = ReadonlyMap<string, Attributes>

export function parseMapFile(text: string): AttributeMap {
  const entries = Object.entries(v.parse(mapFile, JSON.parse(text)))
  return new Map(entries.map(([dn, attributes]) => [comparableName(dn), attributesOf(attributes)]))
}

function attributesOf(attributes: Readonly<Record<string, string | string[]>>): Attributes {
  const lists = Object.entries(attributes).map(
    ([name, value]) => [name, typeof value === 'string' ? [value] : value] as const,
  )
  return new Map(lists)
}

/** What a user is at one server. */
export interface Account {
  readonly role: string
  readonly xlogins: readonly string[]
  readonly groups: readonly string[]
  /** Bytes per second, 0: no limit. */
  readonly rateLimit: number
  readonly includes: string | undefined
  readonly excludes: string | undefined
}

/** `server` undefined: without a server's overrides. Unknown users have no role and no login. */
export function accountOf(map: AttributeMap, dn: string, server: string | undefined): Account {
  const attributes = map.get(comparableName(dn))
  const get = (name: string): readonly string[] => {
    const special = server === undefined ? undefined : attributes?.get(`uftpd.${server}.${name}`)
    return special ?? attributes?.get(name) ?? []
  }
  const ownly = (name: string): string | undefined =>
    server === undefined ? undefined : attributes?.get(`uftpd.${server}.${name}`)?.[0]
  return {
    role: get('role')[0] ?? 'anonymous',
    xlogins: get('xlogin'),
    groups: get('group'),
    rateLimit: parseRate(ownly('rateLimit') ?? '0'),
    includes: ownly('includes'),
    excludes: ownly('excludes'),
  }
}

const units: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** `200M` = 209715200. */
export function parseRate(text: string): number {
  const match = /^\s*(\d{1,12})\s*([kmg]?)\s*$/i.exec(text)
  // A limit that cannot be read must not become none.
  if (!match) throw new Error(`rateLimit '${text}' is not a number with K, M or G`)
  return Number(match[1]) * units[match[2]!.toLowerCase()]!
}
