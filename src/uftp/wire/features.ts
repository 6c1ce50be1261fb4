/**
 * What a server can do, out of its FEAT reply. Features are recognised by substring within a line:
 * stock UFTPD 3.5 misses commas in its table, so that `REST STREAM` and `MFMT`, `MFF …;` and
 * `KEEP-ALIVE` arrive as one line.
 */

/** The words behind SITE that docs/PROTOCOL.md §10 defines. */
export const siteCommands = [
  'COPY',
  'CREATE',
  'FSYNC',
  'ID',
  'LINK',
  'LIST',
  'MKDIR',
  'MKNOD',
  'RENAME',
  'RETRIEVE',
  'STATFS',
  'STORE',
  'SYMLINK',
  'TRUNCATE',
] as const

export type SiteCommand = (typeof siteCommands)[number]

export interface Features {
  readonly extendedPassive: boolean
  /**
   * The facts that MLST and MLSD can give, if the server lists them (RFC 3659 §7.8), in its order
   * and case. Stock UFTPD does not, and its times are local; a server that lists them gives UTC with
   * a fraction once `OPTS MLST` has been accepted.
   */
  readonly listingFacts: readonly string[]
  /** The facts that MFF sets, in lower case. */
  readonly settableFacts: ReadonlySet<string>
  readonly siteCommands: ReadonlySet<SiteCommand>
  /** `OPTS PATH-ESCAPE ON` lets commands and replies carry any name. */
  readonly escapesPaths: boolean
  /** `OPTS REPLY-FACTS ON`: replies end with the facts of what was opened, made or changed. */
  readonly tellsFacts: boolean
  /** Replies leave at once and whole: no acknowledgement is waited for between their lines. */
  readonly repliesWhole: boolean
}

export function parseFeatures(lines: readonly string[]): Features {
  const features = lines.map((line) => line.trim())
  const offers = (feature: RegExp): boolean => features.some((line) => feature.test(line))
  return {
    extendedPassive: offers(/^EPSV\b/i),
    listingFacts: factNames(features, 'MLST'),
    settableFacts: new Set(factNames(features, 'MFF').map((fact) => fact.toLowerCase())),
    siteCommands: new Set(siteCommands.filter((one) => offers(new RegExp(`^SITE ${one}$`, 'i')))),
    escapesPaths: offers(/^PATH-ESCAPE$/i),
    tellsFacts: offers(/^REPLY-FACTS$/i),
    repliesWhole: offers(/^WHOLE-REPLIES$/i),
  }
}

/** `MLST size*;type*;` with or without the star of "currently on". */
function factNames(features: readonly string[], feature: string): string[] {
  const pattern = new RegExp(`^${feature}\\s+(\\S*;)`, 'i')
  const list = features.map((line) => pattern.exec(line)?.[1]).find((facts) => facts !== undefined)
  return (list ?? '')
    .split(';')
    .map((fact) => fact.trim().replace(/\*$/, ''))
    .filter((fact) => fact !== '')
}
