/**
 * All combinations of open(2)'s flags on everything that a name may be, measured by tmpfs; also what a
 * read and a write give then, and what is left behind.
 */

import { expect, test } from 'vitest'
import { isRoot } from '../support/mount/requirements.ts'
import { describeMatrix } from '../support/mount/server-matrix.ts'
import type { Operation } from '../support/posix/driver.ts'
import { usePair } from '../support/posix/pair-fixture.ts'
import { mountOptions, lacks, usersImpossible } from './case.ts'

const accessModes = ['O_RDONLY', 'O_WRONLY', 'O_RDWR']
const creation = ['O_CREAT', 'O_EXCL', 'O_TRUNC', 'O_APPEND', 'O_DIRECTORY', 'O_NOFOLLOW']

const combinations = accessModes.flatMap((access) =>
  Array.from({ length: 2 ** creation.length }, (_, bits) =>
    [access, ...creation.filter((_flag, index) => bits & (1 << index))].join('|'),
  ),
)

const nobody: Operation = ['become', 65533, 65533]

interface Target {
  readonly what: string
  readonly prepare: readonly Operation[]
  readonly needsLinks?: boolean
}

const targets: readonly Target[] = [
  { what: 'a file', prepare: [['create', 'x', 'content']] },
  { what: 'an empty file', prepare: [['create', 'x']] },
  { what: 'nothing', prepare: [] },
  { what: 'a directory', prepare: [['mkdir', 'x']] },
  { what: 'a read-only file', prepare: [['create', 'x', 'content', 0o444], nobody] },
  {
    what: 'nothing in a read-only directory',
    prepare: [['chmod', '.', 0o555], nobody],
  },
  {
    what: 'a link to a file',
    prepare: [
      ['create', 'target', 'content'],
      ['symlink', 'target', 'x'],
    ],
    needsLinks: true,
  },
  {
    what: 'a link to a directory',
    prepare: [
      ['mkdir', 'target'],
      ['symlink', 'target', 'x'],
    ],
    needsLinks: true,
  },
  { what: 'a dangling link', prepare: [['symlink', 'target', 'x']], needsLinks: true },
  { what: 'a link to itself', prepare: [['symlink', 'x', 'x']], needsLinks: true },
]

function attempt(flags: string, prepare: readonly Operation[]): readonly Operation[] {
  return [
    ...(isRoot
      ? ([
          ['become', 0, 0],
          ['chmod', '.', 0o777],
        ] as const)
      : []),
    ['empty'],
    ...prepare,
    ['open', 0, 'x', flags, 0o640],
    ['fstat', 0],
    ['read', 0, 3],
    ['write', 0, 'new'],
    ['lseek', 0, 0, 'SEEK_CUR'],
    ['close', 0],
    ['tree'],
  ]
}

describeMatrix(
  ['kernel', 'native'],
  (place, serverName, backend) => {
    const options = mountOptions(backend)
    const pair = usePair(() => ({ ...place(), options }))

    test.for(targets)('$what is opened', async ({ prepare, needsLinks }, context) => {
      const noLinks = needsLinks && serverName === 'external' ? lacks.noLinks.external : undefined
      const reason = noLinks ?? usersImpossible(prepare, backend)
      context.skip(reason !== undefined, `impossible: ${reason}`)
      await pair().begin()
      const wrong: string[] = []
      for (const flags of combinations) {
        const allowed = isRoot ? prepare : prepare.filter((step) => step !== nobody)
        const { differences } = await pair().compare(attempt(flags, allowed))
        wrong.push(...differences.map((difference) => `${flags}: ${difference}`))
      }
      expect(wrong).toEqual([])
    })
  },
  { privileged: true },
)
