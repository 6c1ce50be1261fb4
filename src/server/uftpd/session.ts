/**
 * One logged-in session: its state, and the loop that executes its commands strictly in order.
 * A command that fails leaves the session usable.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from '../../support/logger.ts'
import { escapePath } from '../../uftp/wire/path-escape.ts'
import type { AccessRules } from './access-rules.ts'
import { commands } from './commands.ts'
import type { ControlChannel } from './control-channel.ts'
import type { DataChannel } from './data-channel.ts'
import { errorReply, systemErrorName } from './error-reply.ts'
import type { FactSelection } from './file-facts.ts'
import { defaultHash, type HashAlgorithm } from './hash-commands.ts'
import type { Jail } from './jail.ts'
import type { PosixStorage } from './posix-storage.ts'
import { unescaped } from './path-argument.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { Refusal } from './refusal.ts'
import type { Storage } from './storage.ts'
import { StorageError } from './storage-error.ts'
import { TransferBuffers } from './transfer-buffers.ts'
import { TransferRange } from './transfer-range.ts'
import type { UserDatabase } from './user-database.ts'

/** What a session is given at login. */
export interface SessionParts {
  readonly control: ControlChannel
  readonly data: DataChannel
  readonly jail: Jail
  readonly storage: Storage
  readonly posix: PosixStorage
  readonly rules: AccessRules
  readonly rate: RateLimiter
  readonly users: UserDatabase
  /** Literal IPv4 address to tell in PASV replies instead of our own. */
  readonly advertisedAddress: string | undefined
  readonly startDirectory: string
  readonly log: Logger
}

/** How long commands that have come together are executed before other sessions have a turn. */
const sliceMs = 5

export class Session {
  readonly parts: SessionParts
  readonly range = new TransferRange()
  cwd: string
  keepAlive = false
  hash: HashAlgorithm = defaultHash
  facts: FactSelection
  /** OPTS PATH-ESCAPE ON: names are percent-encoded in both directions. */
  pathEscape = false
  /** OPTS REPLY-FACTS ON: replies end with the facts of what has been opened, made or changed. */
  tellsFacts = false
  /** The path of an RNFR that waits for its RNTO. */
  renameFrom: string | undefined
  readonly buffers = new TransferBuffers()
  /** Set by QUIT. */
  ended = false

  constructor(parts: SessionParts, facts: FactSelection) {
    this.parts = parts
    this.cwd = parts.startDirectory
    this.facts = facts
  }

  /** Executes commands until QUIT or the client's end. Never rejects for what a client does. */
  async run(): Promise<void> {
    const { control, data, storage } = this.parts
    control.onEnd(() => data.orphan())
    let busySinceMs = performance.now()
    try {
      while (!this.ended) {
        const isWaiting = !control.hasLine
        const line = await control.nextLine()
        if (line === undefined) break
        const isBusy = performance.now() - busySinceMs >= sliceMs
        if (isBusy && !isWaiting) await nextTurn()
        if (isBusy || isWaiting) busySinceMs = performance.now()
        if (line === 'too-long') await control.reply('500 Command line too long')
        else await this.#execute(line.text)
      }
    } finally {
      data.close()
      await storage[Symbol.asyncDispose]()
    }
  }

  /** Ends the session at once, in the middle of a transfer too. */
  cut(): void {
    this.ended = true
    this.parts.data.destroy()
  }

  async #execute(line: string): Promise<void> {
    // A Telnet interrupt sequence may precede ABOR (RFC 959); its bytes are no UTF-8.
    const text = line.replace(/^[\udcf0-\udcff]+/, '')
    if (text.trim() === '') return
    const space = text.indexOf(' ')
    const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase()
    const argument = space < 0 ? '' : text.slice(space + 1)
    const command = commands.get(verb)
    if (!command) {
      await this.parts.control.reply('502 Command not implemented.')
      return
    }
    this.parts.log.debug('command', { verb, argument })
    try {
      this.parts.rules.assertLevel(command.level)
      if (command.needsArgument && argument === '') throw new Refusal(501, 'Missing argument')
      const reply = await command.run(this, argument)
      if (reply !== undefined) await this.parts.control.reply(reply)
    } catch (error) {
      this.#report(verb, error)
      await this.parts.control.reply(errorReply(verb, error, command.errorCode))
    }
  }

  /** The absolute path that an argument means; the session's rules allow it. */
  path(argument: string): string {
    return this.#allowed(this.infoPath(argument))
  }

  /** For commands that only tell about files: they are not subject to the path rules (stock). */
  infoPath(argument: string): string {
    const path = this.pathEscape ? unescaped(argument) : argument
    return this.parts.jail.resolve(path === '' ? '.' : path, this.cwd)
  }

  /** As `path`, of a word that is percent-encoded whatever the session has asked for. */
  escapedPath(word: string): string {
    return this.#allowed(this.escapedInfoPath(word))
  }

  escapedInfoPath(word: string): string {
    if (word === '') throw new Refusal(501, 'Empty path')
    return this.parts.jail.resolve(unescaped(word), this.cwd)
  }

  /** A name or path as this session reads it. */
  told(name: string): string {
    return this.pathEscape ? escapePath(name) : name
  }

  #allowed(path: string): string {
    this.parts.rules.assertPath(path)
    return path
  }

  #report(verb: string, error: unknown): void {
    const { log } = this.parts
    if (error instanceof Refusal || error instanceof StorageError) {
      log.debug('command refused', { verb, reason: error.message })
    } else if (systemErrorName(error) !== undefined) {
      log.warn('command failed', { verb, error })
    } else {
      log.error('command failed unexpectedly', { verb, error })
    }
  }
}
