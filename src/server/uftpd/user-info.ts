/** `uftp-get-user-info-request`: a user's home and the SSH keys that may sign on for it. */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errorText } from './error-reply.ts'
import { speakingOf, StorageError } from './storage-error.ts'
import type { User, UserDatabase } from './user-database.ts'
import { protocolVersion } from './version.ts'

/** Far more than anybody's keys. */
const keyFileLimit = 1024 * 1024

export async function userInfo(
  name: string,
  users: UserDatabase,
  keyFiles: readonly string[],
): Promise<string> {
  await users.refresh()
  if (name === 'root') return '500 Not allowed'
  const user = users.user(name)
  if (!user?.home.startsWith('/')) return '500 No such user or no home directory found'
  const lines = [`Version: ${protocolVersion}`, `User: ${name}`, `Home: ${user.home}`]
  let status = ''
  let count = 0
  for (const keyFile of keyFiles) {
    const path = `${user.home}/${keyFile}`
    try {
      for (const key of await readKeys(path, user)) lines.push(`Accepted key ${count++}: ${key}`)
      status += ` keyfile ${path} : OK`
    } catch (error) {
      status += ` keyfile ${path} : ${errorText(error)}`
    }
  }
  return [...lines, `Status:${status}`, ''].join('\n')
}

/**
 * The server may have more rights than the user: only a regular file of the user's own or root's
 * counts, and no link stands in for it.
 */
async function readKeys(path: string, user: User): Promise<readonly string[]> {
  return speakingOf(path, async () => {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    try {
      const stats = await file.stat()
      if (!stats.isFile() || stats.size > keyFileLimit) throw StorageError.of('EINVAL', path)
      if (stats.uid !== user.uid && stats.uid !== 0) throw StorageError.of('EACCES', path)
      const lines = (await file.readFile('utf8')).split('\n').map((line) => line.trim())
      return lines.filter((line) => line !== '' && !line.startsWith('#'))
    } finally {
      await file.close()
    }
  })
}
