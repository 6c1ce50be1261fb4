/**
 * What a server can do, out of its FEAT reply. Features are recognised by substring within a line:
 * stock UFTPD 3.5 misses commas in its table, so that `REST STREAM` and `MFMT`, `MFF …;` and
 * `KEEP-ALIVE` arrive as one line.
 */

export interface Features {
  readonly extendedPassive: boolean
  /**
   * The facts that MLST and MLSD can give, if the server lists them (RFC 3659 §7.8), in its order
   * and case. Stock UFTPD does not, and its times are local; a server that lists them gives UTC with
   * a fraction once `OPTS MLST` has been accepted.
   */
  readonly listingFacts: readonly string[]
}

export function parseFeatures(lines: readonly string[]): Features {
  const features = lines.map((line) => line.trim())
  const listing = features.find((feature) => /^MLST\s+\S*;/i.test(feature))
  return {
    extendedPassive: features.some((feature) => /^EPSV\b/i.test(feature)),
    listingFacts: listing ? factNames(listing.replace(/^MLST\s+/i, '')) : [],
  }
}

/** `size*;type*;` with or without the star of "currently on". */
function factNames(list: string): string[] {
  return list
    .split(';')
    .map((fact) => fact.trim().replace(/\*$/, ''))
    .filter((fact) => fact !== '')
}
