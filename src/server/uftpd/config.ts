/** What uftpd can be told: `uftpd.conf` and the environment, in the names of UFTPD. */

import { parseShellVariables } from './shell-variables.ts'
import type { PortRange } from './passive-ports.ts'

export interface UftpdConfig {
  /** CMD_HOST: where the Auth server asks; undefined: all interfaces. */
  readonly commandHost: string | undefined
  /** CMD_PORT; 0: any free one. */
  readonly commandPort: number
  /** SERVER_HOST: where clients log in; undefined: all interfaces. */
  readonly listenHost: string | undefined
  /** SERVER_PORT; 0: any free one. */
  readonly listenPort: number
  /** PORT_RANGE: ports for data connections; undefined: any free one. */
  readonly portRange: PortRange | undefined
  /** ADVERTISE_HOST: the address that PASV tells, for servers behind NAT. */
  readonly advertiseHost: string | undefined
  /** MAX_CONNECTIONS: sessions of one user. */
  readonly maxConnections: number
  /** DISABLE_IP_CHECK, inverted: only the addresses of the transfer request may log in. */
  readonly checkClientAddress: boolean
  /** LOG_VERBOSE: a line for every command. */
  readonly verbose: boolean
  /** UFTP_KEYFILES, below the user's home. */
  readonly keyFiles: readonly string[]
  /** UFTP_NOWRITE: patterns below the user's home that sessions may not touch. */
  readonly protectedFiles: readonly string[]
  /** EXPORT_ROOT (ours): every session is confined to it, whatever the transfer request says. */
  readonly exportRoot: string | undefined
}

export const defaultUftpdConfig: UftpdConfig = {
  commandHost: 'localhost',
  commandPort: 64435,
  listenHost: 'localhost',
  listenPort: 64434,
  portRange: undefined,
  advertiseHost: undefined,
  maxConnections: 16,
  checkClientAddress: true,
  verbose: false,
  keyFiles: ['.ssh/authorized_keys', '.uftp/authorized_keys'],
  protectedFiles: ['.ssh/authorized_keys'],
  exportRoot: undefined,
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * `text` of the configuration file, if any, overridden by the environment. Throws an Error of one
 * line that names the variable. Variables that only UFTPD's start script uses are ignored.
 */
export function parseUftpdConfig(text: string, environment: Environment): UftpdConfig {
  const file = parseShellVariables(text, environment)
  const get = (name: string): string | undefined => environment[name] ?? file.get(name)
  const defaults = defaultUftpdConfig
  if (get('SSL_CONF')) {
    // Going on in plain text where the administrator asked for TLS would be worse than not starting.
    throw new Error('SSL_CONF: TLS on the command port is not supported, unset it')
  }
  return {
    commandHost: host(get('CMD_HOST'), defaults.commandHost),
    commandPort: port('CMD_PORT', get('CMD_PORT'), defaults.commandPort),
    listenHost: host(get('SERVER_HOST'), defaults.listenHost),
    listenPort: port('SERVER_PORT', get('SERVER_PORT'), defaults.listenPort),
    portRange: portRange(get('PORT_RANGE')),
    advertiseHost: get('ADVERTISE_HOST')?.trim() || undefined,
    maxConnections: positive('MAX_CONNECTIONS', get('MAX_CONNECTIONS'), defaults.maxConnections),
    checkClientAddress: !isYes(get('DISABLE_IP_CHECK')),
    verbose: isYes(get('LOG_VERBOSE')),
    keyFiles: list(get('UFTP_KEYFILES')) ?? defaults.keyFiles,
    // The manual and the template say NO_WRITE, the program NOWRITE: who sets either means it.
    protectedFiles: list(get('UFTP_NOWRITE') ?? get('UFTP_NO_WRITE')) ?? defaults.protectedFiles,
    exportRoot: exportRoot(get('EXPORT_ROOT')),
  }
}

function host(value: string | undefined, fallback: string | undefined): string | undefined {
  if (value === undefined) return fallback
  const name = value.trim()
  return name === '' || name === '*' ? undefined : name
}

function port(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined || value.trim() === '') return fallback
  const number = decimal(value)
  if (number === undefined || number > 65535) {
    throw new Error(`${name}: '${value}' is not a port (0 to 65535)`)
  }
  return number
}

function positive(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined || value.trim() === '') return fallback
  const number = decimal(value)
  if (number === undefined || number < 1) {
    throw new Error(`${name}: '${value}' is not a positive number`)
  }
  return number
}

function portRange(value: string | undefined): PortRange | undefined {
  if (value === undefined || value.trim() === '') return undefined
  const [lower, upper, ...more] = value.split(':').map(decimal)
  if (!lower || !upper || more.length > 0 || upper <= lower || upper > 65535) {
    throw new Error(`PORT_RANGE: '${value}' is not 'lower:upper' (1 to 65535)`)
  }
  return { lower, upper }
}

function exportRoot(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined
  if (!value.startsWith('/')) throw new Error(`EXPORT_ROOT: '${value}' is not an absolute path`)
  return value
}

function list(value: string | undefined): readonly string[] | undefined {
  return value?.split(':').filter((item) => item !== '')
}

function decimal(value: string): number | undefined {
  return /^\s*\d{1,7}\s*$/.test(value) ? Number(value) : undefined
}

function isYes(value: string | undefined): boolean {
  return ['1', 'yes', 'true'].includes((value ?? '').trim().toLowerCase())
}
