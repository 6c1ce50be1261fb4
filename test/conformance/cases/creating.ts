/** open, creat, mkdir, mkfifo, mknod: what comes to be, and what may not. */

import { conforms, impossibleFor, lacks } from '../case.ts'
import type { ConformanceCase } from '../case.ts'

const withMode = (mode: number): ConformanceCase =>
  conforms(
    `a new file, directory and open file of mode ${mode.toString(8)}`,
    ['umask', 0],
    ['create', 'f', 'text', mode],
    ['lstat', 'f'],
    ['mkdir', 'd', mode],
    ['lstat', 'd'],
    ['open', 0, 'g', 'O_RDWR|O_CREAT', mode],
    ['write', 0, 'through the handle'],
    ['pread', 0, 100, 0],
    ['fstat', 0],
  )

const withUmask = (mask: number): ConformanceCase =>
  conforms(
    `the umask ${mask.toString(8)} takes bits away`,
    ['umask', mask],
    ['create', 'f', '', 0o777],
    ['mkdir', 'd', 0o777],
    ['mknod', 'n', 'f', 0o666],
    ['umask', 0],
    ['lstat', 'f'],
    ['lstat', 'd'],
    ['lstat', 'n'],
    ['chmod', 'd', 0o755],
  )

export const creating = [
  ...[0o444, 0o600, 0o666, 0o755, 0o777, 0o1777].map(withMode),
  ...[0o000, 0o022, 0o027, 0o077].map(withUmask),
  ...impossibleFor(lacks.noBitsForWriters, [
    ...[0o000, 0o111, 0o222, 0o4755, 0o2755].map(withMode),
    withUmask(0o777),
  ]),
  conforms(
    'mkdir: EEXIST, ENOENT, ENOTDIR',
    ['create', 'f'],
    ['mkdir', 'd'],
    ['mkdir', 'd'],
    ['mkdir', 'f'],
    ['mkdir', 'none/d'],
    ['mkdir', 'f/d'],
    ['mkdir', 'd/'],
    ['mkdir', 'e/'],
    ['mkdir', 'd/.'],
    ['mkdir', '.'],
    ['mkdir', ''],
  ),
  conforms(
    'open: EEXIST, ENOENT, ENOTDIR, EISDIR',
    ['create', 'f', 'text'],
    ['mkdir', 'd'],
    ['open', 0, 'f', 'O_RDWR|O_CREAT|O_EXCL'],
    ['open', 0, 'd', 'O_RDWR|O_CREAT|O_EXCL'],
    ['open', 0, 'none', 'O_RDONLY'],
    ['open', 0, 'none/f', 'O_RDWR|O_CREAT'],
    ['open', 0, 'f/g', 'O_RDWR|O_CREAT'],
    ['open', 0, 'd', 'O_WRONLY'],
    ['open', 0, 'd', 'O_RDWR'],
    ['open', 0, 'd', 'O_RDONLY|O_CREAT'],
    ['open', 0, 'f/', 'O_RDONLY'],
    ['open', 0, 'g/', 'O_RDWR|O_CREAT'],
    ['open', 0, 'f', 'O_RDONLY|O_DIRECTORY'],
    ['open', 0, 'd', 'O_RDONLY|O_DIRECTORY'],
    ['read', 0, 10],
  ),
  conforms(
    'mknod makes plain files',
    ['mknod', 'f', 'f', 0o640],
    ['lstat', 'f'],
    ['mknod', 'f', 'f'],
    ['mknod', 'none/f', 'f'],
    ['mknod', 'f/f', 'f'],
    ['overwrite', 'f', 'text'],
    ['content', 'f'],
  ),
  conforms(
    'reading and writing need the access mode',
    ['create', 'f', '0123456789'],
    ['open', 0, 'f', 'O_RDONLY'],
    ['open', 1, 'f', 'O_WRONLY'],
    ['write', 0, 'x'],
    ['read', 1, 5],
    ['ftruncate', 0, 3],
    ['ftruncate', 1, 4],
    ['content', 'f'],
  ),
  ...impossibleFor(lacks.noNodes, [
    ...['p', 's'].map((type) =>
      conforms(
        `mknod makes nodes of type ${type}`,
        ['mknod', 'n', type, 0o640],
        ['lstat', 'n'],
        ['mknod', 'n', type],
        ['mknod', 'none/n', type],
        ['mkdir', 'd'],
        ['mknod', 'd', type],
        ['rename', 'n', 'd/n'],
        ['lstat', 'd/n'],
        ['chmod', 'd/n', 0o600],
        ['utime', 'd/n', 10 ** 18, 10 ** 18],
        ['lstat', 'd/n'],
        ['unlink', 'd/n'],
        ['listdir', 'd'],
      ),
    ),
    conforms(
      'a socket is bound',
      ['bind', 's'],
      ['lstat', 's'],
      ['bind', 's'],
      ['unlink', 's'],
      ['lstat', 's'],
    ),
  ]),
]
