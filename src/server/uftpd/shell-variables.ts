/**
 * The shell syntax of `uftpd.conf`: lines `NAME=value` or `export NAME=value`, comments, single and
 * double quotes, `$NAME` and `${NAME}` of earlier lines or the environment. Anything that would run
 * a program is refused: the file is read, not executed.
 */

const assignment = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/
const reference = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g

/** Throws an Error that names the line when it is no assignment. */
export function parseShellVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const match = assignment.exec(line)
    if (!match) throw new Error(`line ${index + 1}: expected NAME=value`)
    const lookup = (name: string): string => variables.get(name) ?? environment[name] ?? ''
    try {
      variables.set(match[1]!, valueOf(match[2]!, lookup))
    } catch (error) {
      throw new Error(`line ${index + 1}: ${match[1]}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  return variables
}

/** The value of one assignment: quoted and bare pieces side by side, up to a blank or comment. */
function valueOf(text: string, lookup: (name: string) => string): string {
  let value = ''
  let rest = text
  while (rest !== '' && !/^\s/.test(rest)) {
    const piece = /^'([^']*)'|^"((?:[^"\\]|\\.)*)"|^((?:[^\s'"\\]|\\.)+)/s.exec(rest)
    if (!piece) throw new Error('unfinished quote')
    if (/(?<!\\)[;&|<>()]/.test(piece[3] ?? '')) throw new Error('commands are not run')
    if (piece[1] !== undefined) value += piece[1]
    else value += expanded(piece[2] ?? piece[3]!, lookup)
    rest = rest.slice(piece[0].length)
  }
  if (rest.trim() !== '' && !rest.trimStart().startsWith('#')) {
    throw new Error('text after the value')
  }
  return value
}

function expanded(text: string, lookup: (name: string) => string): string {
  if (/(?<!\\)(?:`|\$\()/.test(text)) throw new Error('commands are not run')
  return text
    .replace(reference, (_whole, braced?: string, bare?: string) => lookup((braced ?? bare)!))
    .replace(/\\(.)/gs, '$1')
}
