/**
 * Turns on what the server offers. The first session finds out; later ones have to offer the same,
 * because the mount relies on it.
 */

import { covers, type Agreement } from './agreement.ts'
import { ConnectionLost } from './connection-lost.ts'
import type { Session } from './session.ts'
import { SessionRefused } from './session-refused.ts'
import { command, siteCommand, type Command } from './wire/commands.ts'
import { parseNumberFacts } from './wire/facts.ts'
import { parseFeatures, type Features } from './wire/features.ts'
import type { Reply } from './wire/reply-reader.ts'

const usedFacts: ReadonlySet<string> = new Set([
  'size',
  'modify',
  'type',
  'perm',
  'create',
  'unique',
  'unix.mode',
  'unix.nlink',
  'unix.uid',
  'unix.gid',
  'unix.atime',
  'unix.ctime',
  'unix.slink',
])

/**
 * The first commands after login: the end of the session here has its own meaning. A later session
 * asks for what it needs without waiting for what is offered.
 */
export async function negotiate(session: Session): Promise<void> {
  const { traits } = session
  const known = hasWorkedBefore(session) ? traits.agreement : undefined
  const first = firstReplies(session, [command('FEAT'), command('KEEP-ALIVE', 'true')])
  const agreeing = known && agree(session, restrict(traits.features, known))
  agreeing?.catch(() => {}) // it fails as the first replies do
  const [features] = await first
  const offered = parseFeatures(features!.code === 211 ? features!.lines : ['EPSV'])
  if (!offered.extendedPassive) traits.passive = 'PASV'
  if (offered.repliesWhole) session.omitNudges()
  if (known && agreeing) {
    if (covers(asOffered(await agreeing, offered), known)) return
    throw new SessionRefused('protocol', 'the server offers less than when it was mounted', 'EIO')
  }
  traits.features = offered
  traits.agreement = await agree(session, offered)
}

/** What the mount does without, a later session must not turn on. */
function restrict(offered: Features, known: Agreement): Features {
  return {
    ...offered,
    listingFacts: offered.listingFacts.filter((fact) => known.facts.has(fact.toLowerCase())),
    siteCommands: new Set([...offered.siteCommands].filter((one) => known.siteCommands.has(one))),
    escapesPaths: offered.escapesPaths && known.escapesPaths,
    tellsFacts: offered.tellsFacts && known.tellsFacts,
  }
}

/** Of what was agreed on unasked, what is really offered. */
function asOffered(agreement: Agreement, offered: Features): Agreement {
  const facts = new Set(offered.listingFacts.map((fact) => fact.toLowerCase()))
  return {
    ...agreement,
    facts: new Set([...agreement.facts].filter((fact) => facts.has(fact))),
    settableFacts: offered.settableFacts,
    siteCommands: offered.siteCommands,
    escapesPaths: agreement.escapesPaths && offered.escapesPaths,
    tellsFacts: agreement.tellsFacts && offered.tellsFacts,
  }
}

async function agree(session: Session, offered: Features): Promise<Agreement> {
  const facts = offered.listingFacts.filter((fact) => usedFacts.has(fact.toLowerCase()))
  const select = facts.length > 0 ? command('OPTS', 'MLST', `${facts.join(';')};`) : undefined
  // Lines without selected facts are read as stock prints them, raw and in local time.
  const escapes = offered.escapesPaths && select !== undefined
  const escape = escapes ? command('OPTS', 'PATH-ESCAPE', 'ON') : undefined
  const tells = offered.tellsFacts && select !== undefined
  const tell = tells ? command('OPTS', 'REPLY-FACTS', 'ON') : undefined
  const identify = offered.siteCommands.has('ID') ? siteCommand('ID') : undefined
  const asked = [select, escape, tell, identify].filter((one) => one !== undefined)
  const replies = await Promise.all(session.send(asked))
  const accepted = (one: Command | undefined): Reply | undefined => {
    const reply = one && replies[asked.indexOf(one)]
    return reply && one.spec.accepts.includes(reply.code) ? reply : undefined
  }
  const isSelected = accepted(select) !== undefined
  return {
    times: isSelected ? 'utc' : 'local',
    facts: new Set(isSelected ? facts.map((fact) => fact.toLowerCase()) : []),
    settableFacts: offered.settableFacts,
    siteCommands: offered.siteCommands,
    escapesPaths: accepted(escape) !== undefined,
    tellsFacts: isSelected && accepted(tell) !== undefined,
    ...identityOf(accepted(identify)),
  }
}

function identityOf(reply: Reply | undefined): Pick<Agreement, 'identity' | 'givesFiles'> {
  const facts = parseNumberFacts(reply?.text ?? '')
  const uid = facts.get('uid')
  const gid = facts.get('gid')
  return {
    identity: uid === undefined || gid === undefined ? undefined : { uid, gid },
    givesFiles: facts.get('chown') === 1,
  }
}

async function firstReplies(session: Session, commands: readonly Command[]): Promise<Reply[]> {
  try {
    return await Promise.all(session.send(commands))
  } catch (error) {
    if (!(error instanceof ConnectionLost) || hasWorkedBefore(session)) throw error
    throw new SessionRefused(
      'base-directory',
      'the server ended the session: the base directory is missing or not accessible',
      'ENOENT',
    )
  }
}

function hasWorkedBefore({ traits }: Session): boolean {
  return traits.root !== undefined
}
