/** What the command line asks for, checked and complete: one frozen object, no secrets in it. */

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { inheritedDescriptor } from '../fuse/inherited-device.ts'
import type { LogLevel } from '../support/logger.ts'
import { errnoOf } from '../support/errno-error.ts'
import { defaultVfsOptions, type VfsOptions } from '../vfs/vfs-options.ts'
import { usageError } from './exit.ts'
import { parseMountOptions } from './mount-options.ts'
import { mountFlagOpposites, optionTable, type OptionKey } from './options.ts'
import { reasonOf } from './reason.ts'
import { hidePassword, parseTarget, type Target } from './target.ts'
import {
  parseChoice,
  parseCount,
  parseDuration,
  parseId,
  parseMask,
  parseMaxRead,
  parseSize,
  parseTimeout,
} from './values.ts'

export interface MountConfig {
  /** Undefined: serve `demoDirectory` and mount that. */
  readonly target: Target | undefined
  /** Undefined with `target` undefined: a temporary directory with a few files. */
  readonly demoDirectory: string | undefined
  readonly mountpoint: string
  /** From -u, the target or $UFTP_USER. */
  readonly user: string | undefined
  readonly askPassword: boolean
  readonly oneTimePasswordFile: string | undefined
  /** PEM text. */
  readonly ca: string | undefined
  readonly insecure: boolean
  readonly foreground: boolean
  readonly logLevel: LogLevel
  readonly logFile: string | undefined
  readonly source: string
  readonly allowOther: boolean
  readonly defaultPermissions: boolean
  readonly autoUnmount: boolean
  readonly maxReadBytes: number | undefined
  readonly mountFlags: readonly string[]
  readonly fuseBackend: FuseBackendName
  readonly sessions: number
  readonly timeoutMs: number
  readonly vfs: VfsOptions
}

const fuseBackendNames = ['auto', 'kernel', 'native'] as const
export type FuseBackendName = (typeof fuseBackendNames)[number]

/** What commander found: flags by the keys of the option table. */
export interface CommandLine {
  readonly operands: readonly string[]
  readonly flags: Readonly<Partial<Record<OptionKey, string | boolean>>>
  readonly mountOptions: readonly string[]
}

const sessionsMax = 64

export function readConfig(line: CommandLine, environment = process.env): MountConfig {
  const { values, mountFlags } = parseMountOptions(line.mountOptions)
  const given = (key: OptionKey): string | true | undefined => {
    const flag = line.flags[key]
    return values.get(key) ?? (flag === false ? undefined : flag)
  }
  const text = (key: OptionKey): string | undefined => {
    const value = given(key)
    return value === true ? undefined : value
  }
  const isSet = (key: OptionKey): boolean => given(key) === true
  const parsed = <T>(key: OptionKey, parse: (name: string, text: string) => T): T | undefined => {
    const value = text(key)
    return value === undefined ? undefined : parse(nameOf(key), value)
  }

  const { target, demoDirectory, mountpoint, typedTarget } = readOperands(line)
  const isInherited = inheritedDescriptor(mountpoint) !== undefined
  const ownersAlone = isInherited
    ? ownersOptions.find((key) => given(key) !== undefined)
    : undefined
  if (ownersAlone !== undefined) {
    throw usageError(`${nameOf(ownersAlone)}: ${mountpoint} is up to whoever has mounted it`)
  }
  const umask = parsed('umask', parseMask)
  const debug = isSet('debug')
  const caFile = text('caFile')
  const logFile = text('logFile')
  return Object.freeze({
    target,
    demoDirectory,
    mountpoint: resolve(mountpoint),
    user: userOf(text('user')) ?? userOfTarget(target) ?? environment['UFTP_USER'],
    askPassword: isSet('askPassword'),
    oneTimePasswordFile: text('oneTimePasswordFile'),
    ca: caFile === undefined ? undefined : readCertificates(caFile),
    insecure: isSet('insecure'),
    foreground: isSet('foreground') || debug,
    logLevel: debug ? 'debug' : isSet('verbose') ? 'info' : 'warn',
    logFile: logFile === undefined ? undefined : resolve(logFile),
    source: text('source') ?? typedTarget,
    allowOther: isSet('allowOther'),
    defaultPermissions: isSet('defaultPermissions') || isSet('allowOther'),
    autoUnmount: isSet('autoUnmount'),
    maxReadBytes: parsed('maxReadBytes', parseMaxRead),
    mountFlags: isInherited
      ? explicitMountFlags(mountFlags)
      : safeMountFlags(mountFlags, powersAllowed(isSet)),
    fuseBackend:
      parsed('fuseBackend', (name, value) => parseChoice(name, value, fuseBackendNames)) ?? 'auto',
    sessions: parsed('sessions', (name, value) => parseCount(name, value, 1, sessionsMax)) ?? 8,
    timeoutMs: parsed('timeoutMs', parseTimeout) ?? 60_000,
    vfs: {
      uid: parsed('uid', parseId) ?? process.getuid?.() ?? 0,
      gid: parsed('gid', parseId) ?? process.getgid?.() ?? 0,
      uidForAll: parsed('uid', parseId) !== undefined,
      gidForAll: parsed('gid', parseId) !== undefined,
      fileMask: parsed('fileMask', parseMask) ?? umask,
      directoryMask: parsed('directoryMask', parseMask) ?? umask,
      readOnly: isSet('readOnly'),
      attributeTimeoutMs:
        parsed('attributeTimeoutMs', parseDuration) ?? defaultVfsOptions.attributeTimeoutMs,
      entryTimeoutMs: parsed('entryTimeoutMs', parseDuration) ?? defaultVfsOptions.entryTimeoutMs,
      negativeTimeoutMs:
        parsed('negativeTimeoutMs', parseDuration) ?? defaultVfsOptions.negativeTimeoutMs,
      directoryTimeoutMs:
        parsed('directoryTimeoutMs', parseDuration) ?? defaultVfsOptions.directoryTimeoutMs,
      cacheBytes: parsed('cacheBytes', parseSize) ?? defaultVfsOptions.cacheBytes,
      readAheadBytes: parsed('readAheadBytes', parseSize) ?? defaultVfsOptions.readAheadBytes,
      dirtyBytes: parsed('dirtyBytes', parseSize) ?? defaultVfsOptions.dirtyBytes,
    },
  })
}

/** What nobody but the maker of a mount decides; the rest its own options tell. */
const ownersOptions = ['autoUnmount', 'allowSuid', 'allowDev', 'source'] as const

const powers = ['suid', 'dev'] as const
type Power = (typeof powers)[number]
const powerKeys = { suid: 'allowSuid', dev: 'allowDev' } as const satisfies Record<Power, OptionKey>

function powersAllowed(isSet: (key: OptionKey) => boolean): readonly Power[] {
  const allowed = powers.filter((power) => isSet(powerKeys[power]))
  if (allowed.length > 0 && process.geteuid?.() !== 0) {
    const names = allowed.map((power) => nameOf(powerKeys[power]))
    throw usageError(`only root may mount with -o ${names.join(',')}`)
  }
  return allowed
}

/** Programs and devices of the far side get no powers here unless they are allowed by name. */
function safeMountFlags(given: readonly string[], allowed: readonly Power[]): readonly string[] {
  const decided = powers.map((power) =>
    allowed.includes(power) && !given.includes(`no${power}`) ? power : `no${power}`,
  )
  return [...new Set([...decided, ...explicitMountFlags(given)])]
}

/** What only takes back a flag is how things are anyway. */
function explicitMountFlags(given: readonly string[]): readonly string[] {
  return given.filter((name) => mountFlagOpposites.has(name))
}

/** The password that stands in `-u USER:PASSWORD`, if any. */
export function passwordInUserOption(line: CommandLine): string | undefined {
  const value = line.flags.user
  const colon = typeof value === 'string' ? value.indexOf(':') : -1
  return typeof value === 'string' && colon >= 0 ? value.slice(colon + 1) : undefined
}

function userOf(value: string | undefined): string | undefined {
  const user = value?.split(':', 1)[0]
  if (user === '') throw usageError('-u needs a user name')
  return user
}

function userOfTarget(target: Target | undefined): string | undefined {
  return target?.kind === 'auth' ? target.user : undefined
}

interface Operands {
  readonly target: Target | undefined
  readonly demoDirectory: string | undefined
  readonly mountpoint: string
  readonly typedTarget: string
}

function readOperands({ operands, flags }: CommandLine): Operands {
  const { demo } = flags
  if (demo === undefined || demo === false) {
    const [target, mountpoint, ...more] = operands
    if (target === undefined || mountpoint === undefined || more.length > 0) {
      throw usageError('say what to mount and where: uftp-mount TARGET MOUNTPOINT (see --help)')
    }
    const typedTarget = hidePassword(target)
    if (mountpoint === '') throw usageError('the mountpoint is empty')
    return { target: parseTarget(target), demoDirectory: undefined, mountpoint, typedTarget }
  }
  // `--demo MOUNTPOINT`: the word was meant as the mountpoint.
  const words = typeof demo === 'string' ? [demo, ...operands] : operands
  const mountpoint = words.at(-1)
  if (!mountpoint || words.length > 2) {
    throw usageError('say where to mount: uftp-mount --demo [DIR] MOUNTPOINT')
  }
  const demoDirectory = words.length === 2 ? resolve(words[0]!) : undefined
  return { target: undefined, demoDirectory, mountpoint, typedTarget: 'uftp-demo' }
}

function nameOf(key: OptionKey): string {
  const definition: { mountOption?: string; flags?: string } = optionTable[key]
  return definition.mountOption ?? definition.flags ?? key
}

function readCertificates(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8')
    void new X509Certificate(pem) // throws if there is none in it
    return pem
  } catch (error) {
    const reason = errnoOf(error) ? reasonOf(error) : 'it holds no certificate in PEM form'
    throw usageError(`--cacert ${file}: ${reason}`)
  }
}
