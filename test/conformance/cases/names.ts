/** Names and paths: how long, and what lies in them. */

import type { Operation } from '../../support/posix/driver.ts'
import { conforms, impossibleFor, lacks } from '../case.ts'
import type { ConformanceCase } from '../case.ts'

const longest = 'n'.repeat(255)
const tooLong = 'n'.repeat(256)
/** 255 bytes of two-byte letters and one more. */
const longestUnicode = `${'ä'.repeat(127)}x`

const component = 'c'.repeat(200)
const deep = Array.from({ length: 15 }, () => component)
const pathTooLong = `${'x/'.repeat(2100)}f`

const everyCall = (path: string): readonly Operation[] => [
  ['create', path, 'text'],
  ['mkdir', path],
  ['lstat', path],
  ['content', path],
  ['truncate', path, 1],
  ['chmod', path, 0o600],
  ['utime', path, 0, 0],
  ['rename', path, 'other'],
  ['rename', 'other', path],
  ['rename', 'f', path],
  ['symlink', 'x', path],
  ['link', 'f', path],
  ['link', path, 'g'],
  ['mknod', path, 'p'],
  ['readlink', path],
  ['unlink', path],
  ['rmdir', path],
  ['open', 0, path, 'O_RDONLY'],
  ['listdir', path],
]

const named = ([what = '', name = '']: readonly string[]): ConformanceCase =>
  conforms(
    `a name with ${what}`,
    ['create', name, 'text'],
    ['content', name],
    ['listdir', '.'],
    ['chmod', name, 0o600],
    ['truncate', name, 2],
    ['rename', name, `${name}2`],
    ['lstat', name],
    ['unlink', `${name}2`],
    ['mkdir', name],
    ['create', `${name}/${name}`, 'inside'],
    ['rename', name, `d${name}`],
    ['content', `d${name}/${name}`],
  )

export const names = [
  conforms(
    'names of 255 bytes',
    ['create', longest, 'text'],
    ['content', longest],
    ['create', longestUnicode, 'more'],
    ['rename', longest, 'f'],
    ['rename', 'f', longest],
    ['unlink', longest],
    ['mkdir', longest],
    ['create', `${longest}/${longest}`],
    ['listdir', longest],
  ),
  conforms('ENAMETOOLONG: a name of 256 bytes', ['create', 'f'], ...everyCall(tooLong)),
  conforms('ENAMETOOLONG: below a directory', ['mkdir', 'd'], ...everyCall(`d/${tooLong}`)),
  conforms(
    'ENAMETOOLONG: a path of more than 4095 bytes',
    ['mkdir', 'x'],
    ...everyCall(pathTooLong),
  ),
  conforms(
    'paths of some thousand bytes',
    ...deep.map((_, index): Operation => ['mkdir', deep.slice(0, index + 1).join('/')]),
    ['create', `${deep.join('/')}/f`, 'deep'],
    ['content', `${deep.join('/')}/f`],
    ['listdir', deep.join('/')],
    ['rename', `${deep.join('/')}/f`, 'shallow'],
    ['content', 'shallow'],
  ),
  conforms('ENOTDIR: below a file', ['create', 'f', 'text'], ...everyCall('f/below')),
  conforms('ENOENT: below nothing', ['create', 'f', 'text'], ...everyCall('none/below')),
  conforms('an empty path', ['create', 'f', 'text'], ...everyCall('')),
  ...impossibleFor(
    lacks.oneLineNames,
    [
      ['a line end', 'a\nb'],
      ['a carriage return', 'a\rb'],
    ].map(named),
  ),
  ...[
    ['blanks at both ends', ' x '],
    ['a tab and other control characters', 'a\tb\u0001\u007f'],
    ['quotes, a backslash, a semicolon', `"'\\;=`],
    ['percent signs', '%20%zz%'],
    ['a dash first', '-rf'],
    ['dots', '...'],
    ['two spaces', 'a  b'],
    ['a combining accent', 'e\u0301'],
  ].map(named),
]
