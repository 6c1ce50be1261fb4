/**
 * UNICORE's password file: `user:hash:salt:DN` a line, hash = md5(salt + password) in lower-case
 * hex, the DN may hold colons, `#` starts a comment.
 *
 * MD5 is the format's choice, and weak: the file must be readable by the server alone, and long
 * random passwords are what protects it.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../support/secret.ts'

interface UserEntry {
  readonly hash: string
  readonly salt: string
  readonly dn: string
}

export type Users = ReadonlyMap<string, UserEntry>

export function parseUsers(text: string): Users {
  const users = new Map<string, UserEntry>()
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const match = /^([^:]+):([0-9a-fA-F]{32}):([^:]*):(.+)$/.exec(line)
    if (!match) throw new Error('a line of the users file is not user:hash:salt:DN')
    const [, name, hash, salt, dn] = match as unknown as [string, string, string, string, string]
    users.set(name, { hash: hash.toLowerCase(), salt, dn: dn.trim() })
  }
  return users
}

/** Compared with when there is no such user: the answer then takes as long. */
const nobody: UserEntry = { hash: '0'.repeat(32), salt: randomBytes(8).toString('hex'), dn: '' }

/** The user's DN, or undefined: no such user or another password. */
export function verifyPassword(users: Users, name: string, password: Secret): string | undefined {
  const entry = users.get(name) ?? nobody
  const hash = Buffer.from(md5(entry.salt + password.reveal()))
  const equal = timingSafeEqual(hash, Buffer.from(entry.hash))
  return equal && entry !== nobody ? entry.dn : undefined
}

/** A line for the password file. */
export function hashPassword(user: string, password: Secret, dn: string): string {
  const salt = randomBytes(12).toString('hex')
  return `${user}:${md5(salt + password.reveal())}:${salt}:${dn}`
}

function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex')
}
