/**
 * chmod, chown, sticky directories, and what others may: several local users on a mount that root made
 * with allow_other.
 */

import type { Operation } from '../../support/posix/driver.ts'
import { conforms, impossibleFor, lacks } from '../case.ts'

const owner = 65533
const other = 65532
const group = 65531

const asOwner: Operation = ['become', owner, owner]
const asOther: Operation = ['become', other, other]
const inGroup: Operation = ['become', other, other, group]
const asRoot: Operation = ['become', 0, 0]

const everyone: Operation = ['chmod', '.', 0o777]

const readWriteSearch: readonly Operation[] = [
  ['content', 'd/f'],
  ['open', 0, 'd/f', 'O_WRONLY'],
  ['open', 0, 'd/f', 'O_RDWR'],
  ['access', 'd/f', 4],
  ['access', 'd/f', 2],
  ['access', 'd/f', 1],
  ['listdir', 'd'],
  ['create', 'd/new'],
  ['unlink', 'd/new'],
  ['lstat', 'd/f'],
  ['truncate', 'd/f', 2],
  ['chmod', 'd/f', 0o777],
  ['utime', 'd/f', 0, 0],
  ['utimensat', 'd/f', 'now', 'now'],
  ['rename', 'd/f', 'd/g'],
  ['rename', 'd/g', 'd/f'],
]

const modes = [0o000, 0o100, 0o200, 0o300, 0o400, 0o500, 0o600, 0o700, 0o007, 0o070, 0o750, 0o755]

export const permissions = impossibleFor(lacks.noOwners, [
  conforms(
    'chmod sets twelve bits',
    ['create', 'f'],
    ['mkdir', 'd'],
    ...[0o000, 0o777, 0o1777, 0o2777, 0o4777, 0o7777, 0o644].flatMap((mode): Operation[] => [
      ['chmod', 'f', mode],
      ['lstat', 'f'],
      ['chmod', 'd', mode],
      ['lstat', 'd'],
    ]),
    ['chmod', 'none', 0o600],
    ['chmod', 'f/x', 0o600],
    ['open', 0, 'f', 'O_RDONLY'],
    ['fchmod', 0, 0o640],
    ['fstat', 0],
  ),
  conforms(
    'new files belong to who makes them',
    everyone,
    asOwner,
    ['create', 'f', 'text'],
    ['mkdir', 'd'],
    ['symlink', 'x', 'l'],
    ['mknod', 'p', 'p'],
    ['mknod', 'n', 'f'],
    ['open', 0, 'o', 'O_RDWR|O_CREAT'],
    ['fstat', 0],
    ...['f', 'd', 'l', 'p', 'n'].map((name): Operation => ['lstat', name]),
    asOther,
    ['create', 'g'],
    ['lstat', 'g'],
  ),
  conforms(
    'a set-group-id directory hands its group down',
    ['mkdir', 'd'],
    ['chown', 'd', owner, group],
    ['chmod', 'd', 0o2777],
    asOther,
    ['create', 'd/f'],
    ['mkdir', 'd/e'],
    ['lstat', 'd/f'],
    ['lstat', 'd/e'],
    ['mkdir', 'd/e/g'],
    ['lstat', 'd/e/g'],
  ),
  conforms(
    'chown by root',
    ['create', 'f', '', 0o755],
    ['symlink', 'f', 'l'],
    ['chown', 'f', owner, group],
    ['lstat', 'f'],
    ['chown', 'f', -1, other],
    ['lstat', 'f'],
    ['chown', 'f', other, -1],
    ['lstat', 'f'],
    ['lchown', 'l', owner, group],
    ['lstat', 'l'],
    ['lstat', 'f'],
    ['chown', 'l', 0, 0],
    ['lstat', 'f'],
    ['open', 0, 'f', 'O_RDONLY'],
    ['fchown', 0, owner, owner],
    ['fstat', 0],
    ['chown', 'none', 0, 0],
    ['mkdir', 'd'],
    ['chown', 'd', owner, group],
    ['lstat', 'd'],
  ),
  conforms(
    'chown by others: EPERM, and groups of their own',
    ['create', 'f'],
    ['chown', 'f', owner, owner],
    ['become', owner, owner, group],
    ['chown', 'f', other, -1],
    ['chown', 'f', -1, other],
    ['chown', 'f', -1, group],
    ['lstat', 'f'],
    ['chown', 'f', owner, -1],
    ['chown', 'f', -1, -1],
    asOther,
    ['chown', 'f', other, other],
    ['chown', 'f', -1, other],
  ),
  conforms(
    'chown and writing by others take set-id bits away',
    ['create', 'f', 'text', 0o644],
    ['chown', 'f', owner, group],
    ['chmod', 'f', 0o6777],
    ['chown', 'f', owner, group],
    ['lstat', 'f'],
    ['chmod', 'f', 0o6777],
    asOther,
    ['open', 0, 'f', 'O_WRONLY'],
    ['write', 0, 'x'],
    ['close', 0],
    ['lstat', 'f'],
  ),
  conforms(
    'chmod by somebody outside the group takes the set-group-id bit away',
    ['create', 'f'],
    ['chown', 'f', owner, group],
    asOwner,
    ['chmod', 'f', 0o2755],
    ['lstat', 'f'],
    asOther,
    ['chmod', 'f', 0o777],
  ),
  ...modes.flatMap((mode) =>
    (
      [
        ['its owner', asOwner],
        ['its group', inGroup],
        ['others', asOther],
        ['root', asRoot],
      ] as const
    ).map(([who, become]) =>
      conforms(
        `a file of mode ${mode.toString(8)}: ${who}`,
        ['mkdir', 'd', 0o777],
        ['chmod', 'd', 0o777],
        ['create', 'd/f', 'text'],
        ['chown', 'd/f', owner, group],
        ['chmod', 'd/f', mode],
        become,
        ...readWriteSearch,
      ),
    ),
  ),
  ...modes.map((mode) =>
    conforms(
      `a directory of mode ${mode.toString(8)}: its owner and others`,
      ['mkdir', 'd'],
      ['create', 'd/f', 'text'],
      ['chown', 'd', owner, group],
      ['chown', 'd/f', owner, group],
      ['chmod', 'd', mode],
      asOwner,
      ...readWriteSearch,
      asOther,
      ...readWriteSearch,
      asRoot,
      ['chmod', 'd', 0o755],
    ),
  ),
  ...[0o777, 0o1777].flatMap((mode) =>
    [owner, other].map((directoryOwner) =>
      conforms(
        `removing from a directory of mode ${mode.toString(8)} of ${directoryOwner}`,
        ['mkdir', 'd'],
        ['mkdir', 'e'],
        ['chmod', 'e', 0o777],
        ...['a', 'b', 'c'].map((name): Operation => ['create', `d/${name}`]),
        ['mkdir', 'd/sub'],
        ...['a', 'b', 'c', 'sub'].map((name): Operation => ['chown', `d/${name}`, owner, owner]),
        ['create', 'd/mine'],
        ['chown', 'd/mine', other, other],
        ['chown', 'd', directoryOwner, directoryOwner],
        ['chmod', 'd', mode],
        asOther,
        ['unlink', 'd/a'],
        ['rename', 'd/b', 'd/renamed'],
        ['rename', 'd/c', 'e/c'],
        ['rename', 'd/mine', 'd/c'],
        ['rmdir', 'd/sub'],
        ['unlink', 'd/mine'],
        ['listdir', 'd'],
      ),
    ),
  ),
])
