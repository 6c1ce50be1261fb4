/**
 * Shell patterns as Python's fnmatch has them, which the files of UFTP administrators are written
 * for: `*` matches any characters, slashes too, `?` one, `[abc]`, `[a-z]`, `[!a]` one of a set.
 * Case matters. Time is at most pattern × text.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = tokenise(pattern)
  const characters = Array.from(text)
  let token = 0
  let at = 0
  // Only the latest `*` needs to be remembered: a later star can do all that an earlier one can.
  let retryToken = -1
  let retryAt = 0
  while (at < characters.length) {
    const current = tokens[token]
    if (current === 'any') {
      retryToken = ++token
      retryAt = at
    } else if (current !== undefined && current(characters[at]!)) {
      token += 1
      at += 1
    } else if (retryToken >= 0) {
      token = retryToken
      at = ++retryAt
    } else {
      return false
    }
  }
  while (tokens[token] === 'any') token += 1
  return token === tokens.length
}

type Token = 'any' | ((character: string) => boolean)

function tokenise(pattern: string): readonly Token[] {
  const characters = Array.from(pattern)
  const tokens: Token[] = []
  let index = 0
  while (index < characters.length) {
    const character = characters[index]!
    const end = character === '[' ? setEnd(characters, index) : -1
    if (character === '*') tokens.push('any')
    else if (character === '?') tokens.push(() => true)
    else if (end > 0) tokens.push(setOf(characters.slice(index + 1, end)))
    else tokens.push((candidate) => candidate === character)
    index = end > 0 ? end + 1 : index + 1
  }
  return tokens
}

/** Index of the `]` that ends the set at `start`, or -1. A `]` that comes first belongs to it. */
function setEnd(characters: readonly string[], start: number): number {
  const first = characters[start + 1] === '!' ? start + 2 : start + 1
  return characters.indexOf(']', first + 1)
}

function setOf(members: readonly string[]): (character: string) => boolean {
  const negated = members[0] === '!'
  const list = negated ? members.slice(1) : members
  const holds = (character: string): boolean => {
    for (let index = 0; index < list.length; index += 1) {
      if (list[index + 1] === '-' && index + 2 < list.length) {
        if (list[index]! <= character && character <= list[index + 2]!) return true
        index += 2
      } else if (list[index] === character) return true
    }
    return false
  }
  return (character) => holds(character) !== negated
}
