/** A session with a uftpd of ours that asks for everything that docs/PROTOCOL.md §10 offers. */

import { parseFactLine } from '../../src/uftp/wire/facts.ts'
import type { RawFtpClient } from './raw-ftp-client.ts'
import { UftpdFixture } from './uftpd-fixture.ts'

export class PosixSession implements AsyncDisposable {
  readonly server: UftpdFixture
  readonly client: RawFtpClient

  private constructor(server: UftpdFixture, client: RawFtpClient) {
    this.server = server
    this.client = client
  }

  static async open(fields?: Readonly<Record<string, string>>): Promise<PosixSession> {
    const server = await UftpdFixture.start()
    const client = await server.login(fields)
    await client.command('OPTS PATH-ESCAPE ON')
    await client.command(
      'OPTS MLST type;size;modify;UNIX.mode;create;unique;UNIX.nlink;UNIX.uid;UNIX.gid;' +
        'UNIX.atime;UNIX.ctime;UNIX.slink;',
    )
    return new PosixSession(server, client)
  }

  path(name: string): string {
    return this.server.path(name)
  }

  /** The reply without its line end. */
  async say(line: string): Promise<string> {
    return (await this.client.command(line)).text.trimEnd()
  }

  /** The errno that a command is refused with. */
  async errno(line: string): Promise<number> {
    const reply = await this.say(line)
    const match = /^550 [^\n]*\[Errno (\d+)\]/.exec(reply)
    if (!match) throw new Error(`${line}: ${reply}`)
    return Number(match[1])
  }

  /** The facts of one file. */
  async facts(path: string): Promise<ReadonlyMap<string, string>> {
    const reply = await this.say(`MLST ${path}`)
    const line = /^ (.*?)\r?$/m.exec(reply)?.[1]
    const parsed = line === undefined ? undefined : parseFactLine(line)
    if (!parsed) throw new Error(reply)
    return parsed.facts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
