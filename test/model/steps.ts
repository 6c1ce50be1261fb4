/**
 * Random sequences of file operations. Few names, so that they meet: a file of one step is the
 * directory, the link or the open file of another.
 */

import fc from 'fast-check'
import type { Operation } from '../support/posix/driver.ts'

export interface Step {
  /** Done by the server's user behind the mount, unless somebody has the file open. */
  readonly behind: boolean
  readonly operation: Operation
}

export interface StepKinds {
  readonly behind: boolean
  /** Symbolic and hard links, FIFOs. */
  readonly links: boolean
  /** Times in nanoseconds, otherwise in seconds. */
  readonly fineTimes: boolean
  /** An open directory may be removed or replaced, and lives on. */
  readonly removesOpenDirectories: boolean
  /** Verbs that are left out, to see what lies behind a failure that is known. */
  readonly without?: readonly string[]
}

const directories = ['d', 'd/e', 'g']
const leaves = ['a', 'b', 'c']

const directory = fc.constantFrom(...directories)
const file = fc.constantFrom(
  ...['', 'd/', 'd/e/', 'g/'].flatMap((parent) => leaves.map((leaf) => parent + leaf)),
)
/** Mostly what is meant to be a file, seldom a directory or something below a file. */
const anything = fc.oneof(
  { weight: 8, arbitrary: file },
  { weight: 2, arbitrary: directory },
  { weight: 1, arbitrary: fc.constantFrom('a/b', 'd/a/c', 'g/d', 'd/../a', 'missing/a') },
)

const slot = fc.nat(3)
const offset = fc.oneof(
  { weight: 4, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.nat(300_000) },
)
const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 300_000 }) },
)
const bytes = fc.tuple(fc.nat(250), length)
/** They may meet a directory; what its owner may not do is the matter of other tests. */
const mode = fc.constantFrom(0o700, 0o755, 0o744, 0o711, 0o777)
const directoryMode = fc.constantFrom(0o755, 0o700, 0o775, 0o1777)

const openFlags = fc
  .tuple(
    fc.constantFrom('O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_RDWR'),
    fc.subarray(['O_CREAT', 'O_TRUNC', 'O_APPEND']),
    fc.constantFrom('', '', '', '', '|O_EXCL', '|O_NOFOLLOW', '|O_DIRECTORY'),
  )
  .map(([access, further, rare]) => [access, ...further].join('|') + rare)

/** The verb with these arguments, each of them arbitrary. */
function operation(verb: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Operation> {
  return fc.tuple(...args).map((values): Operation => [verb, ...values])
}

const onOpenFiles = [
  { weight: 12, arbitrary: operation('open', slot, anything, openFlags, mode) },
  { weight: 4, arbitrary: operation('close', slot) },
  { weight: 4, arbitrary: operation('read', slot, length) },
  { weight: 6, arbitrary: operation('write', slot, bytes) },
  { weight: 4, arbitrary: operation('pread', slot, length, offset) },
  { weight: 8, arbitrary: operation('pwrite', slot, bytes, offset) },
  {
    weight: 2,
    arbitrary: operation('lseek', slot, offset, fc.constantFrom('SEEK_SET', 'SEEK_END')),
  },
  { weight: 4, arbitrary: operation('ftruncate', slot, offset) },
  { weight: 2, arbitrary: operation('posix_fallocate', slot, offset, length) },
  { weight: 2, arbitrary: operation('copy_range', slot, slot, length, offset, offset) },
  { weight: 2, arbitrary: operation('map_read', slot) },
  { weight: 3, arbitrary: operation('map_write', slot, bytes, offset) },
  { weight: 2, arbitrary: operation('fsync', slot) },
  { weight: 3, arbitrary: operation('fstat', slot) },
  { weight: 1, arbitrary: operation('fchmod', slot, mode) },
]

const onNames = [
  { weight: 4, arbitrary: operation('mkdir', fc.oneof(directory, anything), directoryMode) },
  { weight: 4, arbitrary: operation('create', anything, bytes, mode) },
  { weight: 3, arbitrary: operation('content', anything) },
  { weight: 4, arbitrary: operation('lstat', anything) },
  { weight: 2, arbitrary: operation('stat', anything) },
  { weight: 3, arbitrary: operation('truncate', anything, offset) },
  { weight: 6, arbitrary: operation('rename', anything, anything) },
  { weight: 2, arbitrary: operation('rename', directory, fc.oneof(directory, anything)) },
  { weight: 4, arbitrary: operation('unlink', anything) },
  { weight: 2, arbitrary: operation('rmdir', fc.oneof(directory, anything)) },
  { weight: 3, arbitrary: operation('listdir', fc.oneof(directory, fc.constant('.'))) },
  { weight: 2, arbitrary: operation('chmod', file, mode) },
  { weight: 1, arbitrary: operation('chmod', directory, directoryMode) },
  { weight: 1, arbitrary: operation('renameat2', anything, anything, fc.constant(1)) },
]

const onLinks = [
  { weight: 3, arbitrary: operation('symlink', fc.oneof(anything, fc.constant('../a')), anything) },
  { weight: 4, arbitrary: operation('link', anything, anything) },
  { weight: 2, arbitrary: operation('readlink', anything) },
  { weight: 1, arbitrary: operation('renameat2', anything, anything, fc.constant(2)) },
]

/** Behind the mount, sizes always change: with times in seconds nothing else would tell. */
const behindTheMount = fc.oneof(
  operation('overwrite', file, fc.tuple(fc.nat(250), fc.integer({ min: 1, max: 100_000 }))),
  operation('unlink', anything),
  operation('rename', anything, anything),
  operation('mkdir', directory, directoryMode),
  operation('rmdir', directory),
  operation('chmod', file, mode),
)

export function arbitraryStep(kinds: StepKinds): fc.Arbitrary<Step> {
  const { behind, links, fineTimes, removesOpenDirectories, without = [] } = kinds
  const seconds = fc.integer({ min: 1, max: 1_500_000_000 })
  const moment = fc
    .tuple(seconds, fineTimes ? fc.nat(999_999_999) : fc.constant(0))
    .map(([whole, rest]) => whole * 1_000_000_000 + rest)
  // A directory gets a new time when a file is closed that was removed from it while open.
  const times = [
    { weight: 2, arbitrary: operation('utime_file', anything, moment, moment) },
    { weight: 1, arbitrary: operation('futimens_file', slot, moment, moment) },
  ]
  const own = fc.oneof(...onOpenFiles, ...onNames, ...times, ...(links ? onLinks : []))
  const step = fc.oneof(
    { weight: 20, arbitrary: own.map((done) => ({ behind: false, operation: done })) },
    {
      weight: behind ? 1 : 0,
      arbitrary: behindTheMount.map((done) => ({ behind: true, operation: done })),
    },
  )
  return step.filter(
    ({ operation: done }) =>
      !without.includes(done[0]) && (removesOpenDirectories || !removesDirectory(done)),
  )
}

/** Leaves are files then, so that only `directories` name what must not go. */
function removesDirectory([verb, first, second]: Operation): boolean {
  if (verb === 'mkdir') return !directories.includes(String(first))
  return verb === 'rmdir' || (verb === 'rename' && directories.includes(String(second)))
}
