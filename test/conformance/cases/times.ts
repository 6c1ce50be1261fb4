/** utimensat, and which calls set the times of a file and of its directory. */

import type { Operation } from '../../support/posix/driver.ts'
import { conforms, impossibleFor, lacks } from '../case.ts'
import type { ConformanceCase } from '../case.ts'

const moment = 1_234_567_890_123_456_768
const wholeSecond = 1_234_567_890_000_000_000

const prepared: readonly Operation[] = [
  ['mkdir', 'd'],
  ['create', 'd/f', 'text'],
  ['open', 0, 'd/f', 'O_RDWR'],
]

/** Which times of the file, its directory and the one above go on through some calls. */
const touches = (name: string, path: string, ...calls: readonly Operation[]): ConformanceCase =>
  conforms(
    name,
    ...prepared,
    ['remember', 'd', 'd/f', '.'],
    ...calls,
    ['changed', 'd'],
    ['changed', 'd/f', path],
    ['changed', '.'],
  )

const here = 'd/f'

/** Old times set first: also seconds show whether they were set anew. */
const renews = (name: string, ...calls: readonly Operation[]): ConformanceCase =>
  conforms(
    name,
    ...prepared,
    ['utime', 'd/f', wholeSecond, wholeSecond],
    ['utime', 'd', wholeSecond, wholeSecond],
    ...calls,
    ['lstat', 'd'],
    ['lstat', 'd/f'],
  )

export const times = [
  conforms(
    'utimensat sets whole seconds',
    ...prepared,
    ['utime', 'd/f', wholeSecond, wholeSecond],
    ['lstat', 'd/f'],
    ['utime', 'd', wholeSecond, wholeSecond],
    ['lstat', 'd'],
    ['futimens', 0, 10 ** 18, 10 ** 18],
    ['fstat', 0],
    ['utime', 'd/f', 0, 0],
    ['lstat', 'd/f'],
    ['utime', 'none', 0, 0],
    ['utime', 'd/f/x', 0, 0],
  ),
  conforms(
    'utimensat: now and omit',
    ...prepared,
    ['utime', 'd/f', wholeSecond, wholeSecond],
    ['utimensat', 'd/f', 'now', 'omit'],
    ['lstat', 'd/f'],
    ['utimensat', 'd/f', 'omit', 'now'],
    ['lstat', 'd/f'],
    ['utimensat', 'd/f', 'now', wholeSecond],
    ['lstat', 'd/f'],
    ['utimensat', 'd/f', 'now', 'now'],
    ['lstat', 'd/f'],
  ),
  renews('write renews mtime', ['write', 0, 'x']),
  renews('write and close keep the time of the write', ['write', 0, 'x'], ['close', 0]),
  renews('a time set after a write stays', ['write', 0, 'x'], ['futimens', 0, 10 ** 18, 10 ** 18]),
  renews(
    'a time set after a write stays, also after close',
    ['write', 0, 'x'],
    ['utime', 'd/f', 10 ** 18, 10 ** 18],
    ['close', 0],
    ['lstat', 'd/f'],
  ),
  renews('truncate renews mtime', ['truncate', 'd/f', 1]),
  renews('ftruncate renews mtime', ['ftruncate', 0, 1]),
  renews('O_TRUNC renews mtime', ['open', 1, 'd/f', 'O_WRONLY|O_TRUNC']),
  renews(
    'O_TRUNC renews mtime of an empty file',
    ['create', 'd/g'],
    ['utime', 'd/g', wholeSecond, wholeSecond],
    ['open', 1, 'd/g', 'O_WRONLY|O_TRUNC'],
    ['lstat', 'd/g'],
  ),
  renews('a mapped write renews mtime', ['map_write', 0, 'x', 1], ['close', 0]),
  renews('reading keeps mtime', ['read', 0, 4], ['content', 'd/f'], ['listdir', 'd']),
  renews('chmod keeps mtime', ['chmod', 'd/f', 0o600], ['chmod', 'd', 0o700]),
  renews('a new file renews its directory', ['create', 'd/g']),
  renews('a new directory renews its directory', ['mkdir', 'd/e']),
  renews('unlink renews the directory', ['create', 'd/g'], ['utime', 'd', 0, 0], ['unlink', 'd/g']),
  renews('rename within renews the directory', ['rename', 'd/f', 'd/g'], ['lstat', 'd/g']),
  renews('rename away renews the directory', ['rename', 'd/f', 'g'], ['lstat', 'g']),
  ...impossibleFor(lacks.wholeSeconds, [
    conforms(
      'utimensat sets nanoseconds',
      ...prepared,
      ['utime', 'd/f', moment, moment],
      ['lstat', 'd/f'],
      ['utime', 'd', moment, moment],
      ['lstat', 'd'],
      ['futimens', 0, moment + 512, moment + 1024],
      ['fstat', 0],
      ['utime', 'd/f', -1_500_000_000, -1_500_000_000],
      ['lstat', 'd/f'],
    ),
  ]),
  ...impossibleFor(lacks.noChangeTimes, [
    touches('chmod', here, ['chmod', 'd/f', 0o600]),
    touches('chmod that fails', here, ['chmod', 'd/none', 0o600]),
    touches('write', here, ['write', 0, 'x'], ['fsync', 0]),
    touches('truncate', here, ['truncate', 'd/f', 1]),
    touches('truncate that fails', here, ['truncate', 'd', 1], ['truncate', 'd/f', -1]),
    touches('read', here, ['read', 0, 2]),
    touches('rename within', 'd/g', ['rename', 'd/f', 'd/g']),
    touches('rename away', 'g', ['rename', 'd/f', 'g']),
    touches('create', here, ['create', 'd/g']),
    touches('mkdir', here, ['mkdir', 'd/e']),
    touches('mkdir that fails', here, ['mkdir', 'd/f']),
    touches('unlink of another', here, ['unlink', 'd/none']),
    touches('utime', here, ['utime', 'd/f', wholeSecond, wholeSecond]),
    ...impossibleFor(lacks.noCommonInode, [
      touches('link', here, ['link', 'd/f', 'g']),
      touches('unlink of one of two names', 'g', ['link', 'd/f', 'g'], ['unlink', 'd/f']),
    ]),
    touches('symlink', here, ['symlink', 'x', 'd/l']),
    touches('mkfifo', here, ['mknod', 'd/p', 'p']),
    touches('chown to the same owner', here, ['chown', 'd/f', -1, -1], ['chown', 'd/f', 0, 0]),
  ]),
]
