/**
 * What client and server agreed on when the first session logged in (docs/PROTOCOL.md §5, §10). It
 * holds for all sessions of a mount: what is asked of a session depends on it.
 */

import type { SiteCommand } from './wire/features.ts'

/** A user and a group, as numbers of the server. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface Agreement {
  /**
   * `local`: stock UFTPD, MLST tells local time in whole seconds and the exact time needs STAT.
   * `utc`: OPTS MLST was accepted, MLST, MFF and MFMT speak UTC with a fraction.
   */
  readonly times: 'local' | 'utc'
  /** The facts that OPTS MLST selected, in lower case. */
  readonly facts: ReadonlySet<string>
  /** Those that MFF sets. */
  readonly settableFacts: ReadonlySet<string>
  readonly siteCommands: ReadonlySet<SiteCommand>
  /** Paths and names travel as wire/path-escape.ts writes them. */
  readonly escapesPaths: boolean
  /** Replies end with the facts of what was opened, made or changed. */
  readonly tellsFacts: boolean
  /** As whom the sessions act. */
  readonly identity: Owner | undefined
  /** They may give files to anybody. */
  readonly givesFiles: boolean
}

/** What stock UFTPD does. */
export const stockAgreement: Agreement = {
  times: 'local',
  facts: new Set(),
  settableFacts: new Set(['modify', 'unix.mode']),
  siteCommands: new Set(),
  escapesPaths: false,
  tellsFacts: false,
  identity: undefined,
  givesFiles: false,
}

/** Whether MFF sets access and modification times, rather than MFMT only the latter. */
export function setsBothTimes({ times, facts, settableFacts }: Agreement): boolean {
  const needed = ['modify', 'unix.atime']
  return times === 'utc' && needed.every((fact) => settableFacts.has(fact) && facts.has(fact))
}

/** Whether one command stores a range and attributes, and tells what the file has then. */
export function storesAtOnce(agreement: Agreement): boolean {
  const { tellsFacts, siteCommands } = agreement
  return tellsFacts && siteCommands.has('STORE') && setsBothTimes(agreement)
}

/** Whether files tell their owners, and MFF sets them as far as the session may. */
export function knowsOwners({ facts, settableFacts, identity }: Agreement): boolean {
  const needed = ['unix.uid', 'unix.gid']
  const isKnown = needed.every((fact) => settableFacts.has(fact) && facts.has(fact))
  return isKnown && identity !== undefined
}

/** Whether links are seen, made and known as such. */
export function knowsLinks({ facts, siteCommands }: Agreement): boolean {
  const isSeen = ['unix.slink', 'unix.nlink', 'unique'].every((fact) => facts.has(fact))
  return isSeen && siteCommands.has('SYMLINK') && siteCommands.has('LINK')
}

/** Whether a session with the agreement `other` can do what one with `agreement` can. */
export function covers(other: Agreement, agreement: Agreement): boolean {
  return (
    other.times === agreement.times &&
    other.escapesPaths === agreement.escapesPaths &&
    other.tellsFacts === agreement.tellsFacts &&
    other.identity?.uid === agreement.identity?.uid &&
    other.identity?.gid === agreement.identity?.gid &&
    (other.givesFiles || !agreement.givesFiles) &&
    includes(other.facts, agreement.facts) &&
    includes(other.settableFacts, agreement.settableFacts) &&
    includes(other.siteCommands, agreement.siteCommands)
  )
}

function includes<T>(all: ReadonlySet<T>, some: ReadonlySet<T>): boolean {
  return [...some].every((one) => all.has(one))
}
