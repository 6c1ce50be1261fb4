/** HASH and its algorithms. */

import { createHash } from 'node:crypto'
import type { CommandTable } from './command.ts'
import { Refusal, refuseMissing } from './refusal.ts'
import type { Session } from './session.ts'
import { signsOfLife } from './signs-of-life.ts'
import type { SourceFile } from './storage.ts'

const algorithms = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-512': 'sha512',
} as const

export type HashAlgorithm = keyof typeof algorithms

export const defaultHash: HashAlgorithm = 'MD5'

const bufferBytes = 1024 * 1024

export function selectHash(name: string): HashAlgorithm {
  const algorithm = name.toUpperCase()
  if (Object.hasOwn(algorithms, algorithm)) return algorithm as HashAlgorithm
  throw new Refusal(500, `Unsupported hash algorithm '${algorithm}'`)
}

/** `MD5*;SHA-1;…`, the star at the current one. */
export function hashFeature(current: HashAlgorithm): string {
  return Object.keys(algorithms)
    .map((name) => (name === current ? `${name}*` : name))
    .join(';')
}

async function hash(session: Session, argument: string): Promise<string> {
  const { storage } = session.parts
  try {
    const path = session.path(argument)
    const file = await refuseMissing(550, storage.openToRead(path))
    try {
      const offset = session.range.offset
      const length = session.range.readable(file.opened.size)
      const digest = await digestOf(session, file, offset, length)
      // Stock's range of the reply is inclusive, and 0-0 for nothing.
      return `213 ${session.hash} ${offset}-${Math.max(0, offset + length - 1)} ${digest} ${session.told(path)}`
    } finally {
      await file.close()
    }
  } finally {
    session.range.reset()
  }
}

async function digestOf(
  session: Session,
  file: SourceFile,
  offset: number,
  length: number,
): Promise<string> {
  const digest = createHash(algorithms[session.hash])
  const buffer = Buffer.allocUnsafe(Math.min(bufferBytes, Math.max(1, length)))
  let done = 0
  const alive = signsOfLife(session.parts.control)
  while (done < length) {
    await alive()
    const wanted = Math.min(buffer.length, length - done)
    const count = await file.read(buffer.subarray(0, wanted), offset + done)
    if (count === 0) break
    digest.update(buffer.subarray(0, count))
    done += count
  }
  return digest.digest('hex')
}

export const hashCommands = {
  HASH: { level: 'READ', needsArgument: true, run: hash },
} as const satisfies CommandTable
