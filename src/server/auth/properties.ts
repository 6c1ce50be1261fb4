/**
 * Java's `.properties` syntax, in which UNICORE's `container.properties` is written: `key=value`,
 * `key: value` or `key value`, comments by `#` or `!`, a backslash at the end continues a line,
 * `\t \n \r \f \uXXXX` and `\` before anything else.
 */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>()
  for (const line of logicalLines(text)) {
    const match = /^((?:[^\\\s=:]|\\.)+)\s*[=:]?\s*(.*)$/s.exec(line)
    if (match) properties.set(unescaped(match[1]!), unescaped(match[2]!))
  }
  return properties
}

function* logicalLines(text: string): Generator<string> {
  let pending = ''
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, '')
    if (pending === '' && (line === '' || /^[#!]/.test(line))) continue
    // An even number of backslashes at the end are escaped backslashes.
    if (/\\*$/.exec(line)![0].length % 2 === 1) {
      pending += line.slice(0, -1)
      continue
    }
    yield pending + line
    pending = ''
  }
  if (pending !== '') yield pending
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_whole, code?: string, character = '') =>
    code === undefined
      ? (escapes[character as string] ?? (character as string))
      : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
