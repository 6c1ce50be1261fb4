/**
 * Passwords: from the command line, the environment, a file or the terminal; each looked at once.
 * The environment variables are removed, so that no child inherits them.
 */

import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { read } from 'read'
import { Secret } from '../support/secret.ts'
import type { MountConfig } from './config.ts'
import { usageError } from './exit.ts'
import { reasonOf } from './reason.ts'

export interface Secrets {
  readonly password: Secret | undefined
  readonly oneTimePassword: Secret | undefined
}

export async function collectSecrets(
  config: MountConfig,
  typedPassword: string | undefined,
): Promise<Secrets> {
  const fromEnvironment = takeEnvironment('UFTP_PASSWORD')
  const oneTime = takeEnvironment('UFTP_ONE_TIME_PASSWORD')
  const { target } = config
  if (target?.kind === 'direct') {
    const text = await readPasswordFile(config.oneTimePasswordFile)
    const oneTimePassword = text ?? oneTime
    if (oneTimePassword === undefined) {
      throw usageError(
        'a uftpd:// target needs a one-time password: $UFTP_ONE_TIME_PASSWORD or --one-time-password-file',
      )
    }
    return { password: undefined, oneTimePassword: new Secret(oneTimePassword) }
  }
  if (target === undefined) return { password: undefined, oneTimePassword: undefined }
  const inTarget = target.password?.reveal()
  const known = typedPassword ?? inTarget ?? fromEnvironment
  const password = known ?? (await askIfWanted(config))
  return {
    password: password === undefined ? undefined : new Secret(password),
    oneTimePassword: undefined,
  }
}

function takeEnvironment(name: string): string | undefined {
  const value = process.env[name]
  delete process.env[name]
  return value === '' ? undefined : value
}

async function askIfWanted(config: MountConfig): Promise<string | undefined> {
  if (config.user === 'anonymous') return undefined
  if (!config.askPassword && !process.stdin.isTTY) {
    throw usageError('no password: set $UFTP_PASSWORD, or use -P to be asked for it')
  }
  if (!process.stdin.isTTY) throw usageError('-P: there is no terminal to ask for the password on')
  const output = process.stderr
  // At Ctrl-D the prompt neither answers nor fails: there is just nothing left to wait for.
  const closed = once(process, 'beforeExit').then(() => '')
  const password = await Promise.race([
    read({ prompt: 'Password: ', silent: true, output }).catch(() => ''),
    closed,
  ])
  output.write('\n')
  if (password === '') throw usageError('no password given')
  return password
}

async function readPasswordFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    const { mode } = await stat(file)
    if (mode & 0o077) throw new Error('others can read it: chmod 600 it first')
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    throw usageError(`--one-time-password-file ${file}: ${reasonOf(error)}`)
  }
}
