/** Reading directories while they change. */

import type { Operation } from '../../support/posix/driver.ts'
import { conforms, impossibleFor, lacks } from '../case.ts'

const many = Array.from({ length: 60 }, (_, index) => `d/name-${index}`)
const filled: readonly Operation[] = [
  ['mkdir', 'd'],
  ...many.map((name): Operation => ['create', name]),
]

/** All names of an open directory, from the start. */
const rewound = (slot: number): readonly Operation[] => [
  ['rewind', slot],
  ['names', slot],
]

export const directories = [
  conforms(
    'who rewinds an open directory sees each own change',
    ['mkdir', 'd'],
    ['create', 'd/a'],
    ['open', 0, 'd', 'O_RDONLY|O_DIRECTORY'],
    ['names', 0],
    ...rewound(0),
    ['create', 'd/b'],
    ...rewound(0),
    ['mkdir', 'd/c'],
    ...rewound(0),
    ['rename', 'd/b', 'd/e'],
    ...rewound(0),
    ['rename', 'd/a', 'f'],
    ...rewound(0),
    ['rename', 'f', 'd/e'],
    ...rewound(0),
    ['unlink', 'd/e'],
    ...rewound(0),
    ['rmdir', 'd/c'],
    ...rewound(0),
    ...rewound(0),
  ),
  conforms(
    'two who have a directory open see each own change, whoever was first',
    ...filled,
    ['listdir', 'd'],
    ['open', 0, 'd', 'O_RDONLY|O_DIRECTORY'],
    ['open', 1, 'd', 'O_RDONLY|O_DIRECTORY'],
    ['names', 0],
    ['unlink', many[3]!],
    ['names', 1],
    ...rewound(0),
    ['create', many[3]!],
    ...rewound(1),
    ['close', 0],
    ['unlink', many[5]!],
    ...rewound(1),
    ['listdir', 'd'],
    ['close', 1],
    ['create', 'd/last'],
    ['listdir', 'd'],
    ['listdir', 'd'],
  ),
  ...impossibleFor(lacks.noLinks, [
    conforms(
      'who rewinds an open directory sees new links',
      ['create', 'a'],
      ['open', 0, '.', 'O_RDONLY|O_DIRECTORY'],
      ['names', 0],
      ['symlink', 'a', 'b'],
      ...rewound(0),
      ['unlink', 'b'],
      ...rewound(0),
    ),
  ]),
  ...[false, true].map((lists) =>
    conforms(
      `names that are removed while they are read are read once${lists ? ', also beside others' : ''}`,
      ...filled,
      ['listdir', 'd'],
      ['remove_while_reading', 'd', 200, lists],
      ['rmdir', 'd'],
    ),
  ),
  conforms(
    'positions within a directory can be returned to',
    ...filled,
    ['seek_names', 'd', 300],
    ['seek_names', 'd', 300],
    ['create', 'd/last'],
    ['seek_names', 'd', 300],
  ),
  ...impossibleFor({ native: 'libfuse loses an open directory that is removed' }, [
    conforms(
      'a directory that was removed has no names',
      ...filled,
      ['open', 0, 'd', 'O_RDONLY|O_DIRECTORY'],
      ['names', 0],
      ...many.map((name): Operation => ['unlink', name]),
      ['rmdir', 'd'],
      ['rewind', 0],
      ['names', 0],
    ),
  ]),
]
