/** `uftp-mount serve [DIR]`: a place to try any UFTP or FTP client against. */

import { readFile, realpath, stat } from 'node:fs/promises'
import { Secret } from '../support/secret.ts'
import { exitCodes, ExitError, usageError } from './exit.ts'
import { LocalServers, randomPassword } from './local-servers.ts'
import { createLogger } from './log.ts'
import { reasonOf } from './reason.ts'
import { parseCount } from './values.ts'

export const serveOptions = [
  { flags: '--port <PORT>', help: 'listen port of uftpd (default: any free one)' },
  { flags: '--auth-port <PORT>', help: 'port of the Auth server (default: any free one)' },
  { flags: '--command-port <PORT>', help: 'command port of uftpd (default: any free one)' },
  {
    flags: '--password-file <FILE>',
    help: 'the password to sign on with (default: a fresh random one)',
  },
  { flags: '-v, --verbose', help: 'log what is done, to stderr' },
] as const

export interface ServeFlags {
  readonly port?: string
  readonly authPort?: string
  readonly commandPort?: string
  readonly passwordFile?: string
  readonly verbose?: boolean
}

/** Resolves when the servers have ended: after a signal, or when the parent of a demo is gone. */
export async function serve(directory: string, flags: ServeFlags): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
    process.once('SIGHUP', () => resolve())
    process.once('disconnect', () => resolve())
  })
  const options = {
    directory: await existingDirectory(directory),
    password: await passwordOf(flags.passwordFile),
    listenPort: portOf('--port', flags.port),
    authPort: portOf('--auth-port', flags.authPort),
    commandPort: portOf('--command-port', flags.commandPort),
  }
  const log = createLogger({ level: flags.verbose ? 'debug' : 'warn' })
  await using servers = await LocalServers.start(options, log).catch((error: unknown) => {
    throw new ExitError(exitCodes.system, `cannot serve: ${(error as Error).message}`)
  })
  process.stdout.write(description(servers, options.directory))
  await stopped
}

function description(servers: LocalServers, directory: string): string {
  return `auth-url: ${servers.authUrl}
user: ${servers.user}
password: ${servers.password.reveal()}
cacert: ${servers.caFile}
directory: ${directory}
listen-port: 127.0.0.1:${servers.listenPort}
command-port: 127.0.0.1:${servers.commandPort}
mount with: uftp-mount --cacert ${servers.caFile} -u ${servers.user} -P ${quoted(`${servers.authUrl}:${directory}`)} MOUNTPOINT
`
}

/** As one word for the shell. */
function quoted(word: string): string {
  return /^[\w/.:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Links resolved: targets must name the directory as the server sees it. */
export async function existingDirectory(directory: string): Promise<string> {
  const path = await realpath(directory).catch((error: unknown) => {
    throw usageError(`cannot serve ${directory}: ${reasonOf(error)}`)
  })
  if (!(await stat(path)).isDirectory())
    throw usageError(`cannot serve ${directory}: not a directory`)
  return path
}

async function passwordOf(file: string | undefined): Promise<Secret> {
  if (file === undefined) return randomPassword()
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError(`--password-file ${file}: ${reasonOf(error)}`)
  })
  const password = text.replace(/\r?\n$/, '')
  if (password === '' || /[\r\n]/.test(password)) {
    throw usageError(`--password-file ${file}: write one line, the password`)
  }
  return new Secret(password)
}

function portOf(name: string, text: string | undefined): number {
  return text === undefined ? 0 : parseCount(name, text, 0, 65_535)
}
