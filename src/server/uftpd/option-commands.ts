/** FEAT, OPTS, KEEP-ALIVE, TYPE, MODE, STRU. */

import { changeableFacts } from './attribute-commands.ts'
import type { CommandTable } from './command.ts'
import { factsFeature, selectFacts, selectedFacts, type FactSelection } from './file-facts.ts'
import { hashFeature, selectHash, type HashAlgorithm } from './hash-commands.ts'
import { Refusal } from './refusal.ts'
import type { Session } from './session.ts'
import { siteFeatures } from './site-commands.ts'
import { parseCount } from './transfer-range.ts'

/**
 * One per line. No `ARCHIVE`, `CRYPTED-…` or `RFC_RANG`: clients would use what is not there
 * (RFC_RANG would tell them that the end of RANG is inclusive).
 */
function features(
  facts: FactSelection,
  hash: HashAlgorithm,
  more: readonly string[],
): readonly string[] {
  return [
    'PASV',
    'EPSV',
    'RANG STREAM',
    'REST STREAM',
    'SIZE',
    'MDTM',
    'MFMT',
    'MLSD',
    `MLST ${factsFeature(facts)}`,
    'APPE',
    `MFF ${changeableFacts}`,
    'KEEP-ALIVE',
    'UTF-8',
    'UTF8',
    'TVFS',
    `HASH ${hashFeature(hash)}`,
    'PATH-ESCAPE',
    'REPLY-FACTS',
    'WHOLE-REPLIES',
    ...more,
  ]
}

/** `more`: what depends on the session. */
export function featReply(
  facts: FactSelection,
  hash: HashAlgorithm,
  more: readonly string[] = [],
): string {
  const lines = features(facts, hash, more).map((feature) => ` ${feature}`)
  return ['211-Features:', ...lines, '211 END'].join('\n')
}

async function feat(session: Session): Promise<string> {
  return featReply(session.facts, session.hash, siteFeatures(session))
}

async function keepAlive(session: Session, argument: string): Promise<string> {
  session.keepAlive = isYes(argument)
  return '200 OK'
}

async function type(_session: Session, argument: string): Promise<string> {
  if (argument.trim().toUpperCase() === 'ARCHIVE') {
    throw new Refusal(504, 'Archive mode is not supported by this UFTPD server.')
  }
  return '200 OK'
}

/** MODE and STRU: only the default that every FTP server has. */
function only(letter: string): (session: Session, argument: string) => Promise<string> {
  return async (_session, argument) => {
    if (argument.trim().toUpperCase() !== letter) throw new Refusal(504, 'Not supported')
    return '200 OK'
  }
}

type OptionSetter = (session: Session, value: string) => string | undefined

/** Buffer sizes and sendfile are this server's own business: accepted, without effect. */
function ignoredNumber(_session: Session, value: string): undefined {
  parseCount(value)
}

const optionSetters: Readonly<Record<string, OptionSetter>> = {
  FILE_READ_BUFFER_SIZE: ignoredNumber,
  FILE_WRITE_BUFFER_SIZE: ignoredNumber,
  BUFFER_SIZE: ignoredNumber,
  SENDFILE_ENABLED: () => undefined,
  UTF8: () => undefined,
  'UTF-8': () => undefined,
  KEEP_ALIVE: (session, value) => {
    session.keepAlive = isYes(value)
    return undefined
  },
  HASH: (session, value) => {
    session.hash = selectHash(value)
    return undefined
  },
  RATE_LIMIT: (session, value) => {
    session.parts.rate.lower(Number(parseCount(value)))
    return undefined
  },
  'PATH-ESCAPE': (session, value) => {
    requireOn(value)
    session.pathEscape = true
    return '200 PATH-ESCAPE ON'
  },
  'REPLY-FACTS': (session, value) => {
    requireOn(value)
    session.tellsFacts = true
    return '200 REPLY-FACTS ON'
  },
  MLST: (session, value) => {
    session.facts = selectFacts(value)
    // RFC 3659 §7.9: the facts that will be sent, nothing after the space when there are none.
    return `200 MLST OPTS ${selectedFacts(session.facts)}`
  },
}

function requireOn(value: string): void {
  if (value.toUpperCase() !== 'ON') throw new Refusal(501, `Not supported: '${value}'`)
}

async function opts(session: Session, argument: string): Promise<string> {
  const [name = '', ...rest] = argument.trim().split(' ')
  const option = name.toUpperCase()
  const value = rest.join(' ').trim()
  if (value === '' && option !== 'MLST') return optionsList(session)
  if (!Object.hasOwn(optionSetters, option)) throw new Refusal(500, `Unknown option '${option}'`)
  return optionSetters[option]!(session, value) ?? `200 ${option}=${value}`
}

function optionsList(session: Session): string {
  return [
    '211-OPTS',
    ` RATE_LIMIT ${session.parts.rate.bytesPerSecond}`,
    ` KEEP_ALIVE ${session.keepAlive ? 'True' : 'False'}`,
    ` HASH ${session.hash}`,
    '211 END',
  ].join('\n')
}

function isYes(text: string): boolean {
  return ['true', 'yes', '1'].includes(text.trim().toLowerCase())
}

export const optionCommands = {
  FEAT: { level: 'NONE', run: feat },
  OPTS: { level: 'NONE', needsArgument: true, run: opts },
  'KEEP-ALIVE': { level: 'NONE', needsArgument: true, run: keepAlive },
  TYPE: { level: 'NONE', needsArgument: true, run: type },
  MODE: { level: 'NONE', needsArgument: true, run: only('S') },
  STRU: { level: 'NONE', needsArgument: true, run: only('F') },
} as const satisfies CommandTable
