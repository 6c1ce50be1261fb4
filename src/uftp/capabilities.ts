/** The capabilities of the port (vfs/remote.ts) that an agreement gives. */

import { knowsLinks, knowsOwners, setsBothTimes, type Agreement } from './agreement.ts'
import type { SiteCommand } from './wire/features.ts'

/** What one command gives. */
const ofSiteCommands = [
  ['MKNOD', 'nodes'],
  ['TRUNCATE', 'truncation'],
  ['RENAME', 'exclusive-rename'],
  ['RENAME', 'exchange'],
  ['STATFS', 'statistics'],
  ['FSYNC', 'sync'],
  ['COPY', 'copies'],
] as const satisfies readonly (readonly [SiteCommand, string])[]

export type Capability =
  | (typeof ofSiteCommands)[number][1]
  | 'access-times'
  | 'birth-times'
  | 'change-times'
  | 'giving'
  | 'links'
  | 'owners'

export function capabilitiesOf(agreement: Agreement): ReadonlySet<Capability> {
  const { facts, siteCommands, givesFiles } = agreement
  const found = new Set<Capability>()
  for (const [site, capability] of ofSiteCommands) {
    if (siteCommands.has(site)) found.add(capability)
  }
  if (facts.has('create')) found.add('birth-times')
  if (facts.has('unix.ctime')) found.add('change-times')
  if (setsBothTimes(agreement)) found.add('access-times')
  if (knowsLinks(agreement)) found.add('links')
  if (knowsOwners(agreement)) {
    found.add('owners')
    if (givesFiles) found.add('giving')
  }
  return found
}
