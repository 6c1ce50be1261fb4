/** Users and groups of /etc/passwd and /etc/group (Node has no getpwnam); other sources: numbers. */

import { readFile, stat } from 'node:fs/promises'

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

export class UserDatabase {
  readonly #passwd: string
  readonly #group: string
  #version = ''
  #byName = new Map<string, User>()
  #userNames = new Map<number, string>()
  #groupNames = new Map<number, string>()

  constructor(passwd = '/etc/passwd', group = '/etc/group') {
    this.#passwd = passwd
    this.#group = group
  }

  user(name: string): User | undefined {
    return this.#byName.get(name)
  }

  /** The name, or the number when it has none. */
  userName(uid: number): string {
    return this.#userNames.get(uid) ?? String(uid)
  }

  groupName(gid: number): string {
    return this.#groupNames.get(gid) ?? String(gid)
  }

  /** Reads the files again if they have changed. Missing files are empty. */
  async refresh(): Promise<void> {
    const version = `${await changeTime(this.#passwd)} ${await changeTime(this.#group)}`
    if (version === this.#version) return
    const users = (await records(this.#passwd)).map(
      ([name = '', , uid = '', gid = '', , home = '']): User => ({
        name,
        uid: Number(uid),
        gid: Number(gid),
        home,
      }),
    )
    const groups = await records(this.#group)
    // The first entry of a name or number counts, as for getpwnam(3).
    this.#byName = new Map(users.toReversed().map((user) => [user.name, user]))
    this.#userNames = new Map(users.toReversed().map((user) => [user.uid, user.name]))
    this.#groupNames = new Map(groups.toReversed().map(([name = '', , gid]) => [Number(gid), name]))
    this.#version = version
  }
}

async function changeTime(path: string): Promise<string> {
  try {
    return String((await stat(path)).mtimeMs)
  } catch {
    return 'none'
  }
}

async function records(path: string): Promise<readonly string[][]> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n')
    return lines.filter((line) => line.includes(':')).map((line) => line.split(':'))
  } catch {
    return []
  }
}
