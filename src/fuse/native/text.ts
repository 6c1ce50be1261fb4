/**
 * Names and link targets are bytes, but pass the binding as strings: what is not UTF-8 arrives with
 * replacement characters, and would leave with them.
 */

import { isUtf8Name } from '../../support/name-bytes.ts'
import { ErrnoError } from '../../support/errno-error.ts'

const replacementCharacter = '\uFFFD'

/** EILSEQ: what was meant is another text, or cannot be told from another one. */
export function checkText(text: string): void {
  if (text.includes(replacementCharacter) || !isUtf8Name(text)) {
    throw new ErrnoError('EILSEQ', `the name "${text}"`)
  }
}

/** For listings: a name that cannot be used (see above) still shows. */
export function shownText(name: string): string {
  return isUtf8Name(name) ? name : Buffer.from(name, 'utf8').toString('utf8')
}
