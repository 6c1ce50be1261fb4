/**
 * The form of a distinguished name in which two can be compared: case, blanks and the order of the
 * attributes do not matter.
 */
export function comparableName(dn: string): string {
  return splitUnescaped(dn)
    .map((part) => {
      const equals = part.indexOf('=')
      const type = part.slice(0, equals).trim()
      const value = part
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .replace(/\\(.)/g, '$1')
        .replace(/\s+/g, ' ')
      return `${type}=${value}`.toLowerCase()
    })
    .toSorted()
    .join('\n')
}

/** At commas (or semicolons, as LDAPv2 has them) outside quotes and not after a backslash. */
function splitUnescaped(dn: string): readonly string[] {
  return dn.match(/(?:\\.|"(?:\\.|[^"\\])*"|[^,;\\"])+/g) ?? []
}
