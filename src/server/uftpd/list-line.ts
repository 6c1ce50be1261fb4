/** A line of LIST, like `ls -l`: FTP clients parse it when they know nothing better. */

import type { ListedFile } from './storage.ts'
import type { UserDatabase } from './user-database.ts'

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const typeLetters: Readonly<Record<number, string>> = {
  0o010000: 'p',
  0o020000: 'c',
  0o040000: 'd',
  0o060000: 'b',
  0o100000: '-',
  0o140000: 's',
}

/** Half a year: ls(1) shows the year instead of the time for what is older. */
const recentNs = 183n * 86_400n * 1_000_000_000n

export function listLine(file: ListedFile, users: UserDatabase, nowNs: bigint): string {
  const { status } = file
  const fields = [
    modeString(status.mode),
    String(status.links).padStart(3),
    users.userName(status.uid),
    users.groupName(status.gid),
    status.size,
    dateOf(status.mtimeNs, nowNs),
    file.name,
  ]
  return fields.join(' ')
}

/** `drwxr-sr-x` */
function modeString(mode: number): string {
  const letters = Array.from('rwxrwxrwx', (letter, index) =>
    mode & (0o400 >> index) ? letter : '-',
  )
  const special = (bit: number, at: number, letter: string): void => {
    if (mode & bit) letters[at] = letters[at] === 'x' ? letter : letter.toUpperCase()
  }
  special(0o4000, 2, 's')
  special(0o2000, 5, 's')
  special(0o1000, 8, 't')
  return (typeLetters[mode & 0o170000] ?? '-') + letters.join('')
}

/** Local time, as ls(1). */
function dateOf(mtimeNs: bigint, nowNs: bigint): string {
  const date = new Date(Number(mtimeNs / 1_000_000n))
  const day = `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)}`
  const recent = mtimeNs > nowNs - recentNs && mtimeNs <= nowNs
  if (!recent) return `${day}  ${date.getFullYear()}`
  return `${day} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
