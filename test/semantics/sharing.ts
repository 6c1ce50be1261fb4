/** Consistency, durability, atomicity. */

import { expect } from 'vitest'
import { until } from '../support/mount/until.ts'
import type { Operation } from '../support/posix/driver.ts'
import { asking, failed, once } from './example.ts'
import type { Example, ExamplePlace } from './example.ts'

const names = Array.from({ length: 40 }, (_, index) => `n${index}`)

/** One mount replaces `f` while the other one opens and reads it, over and over. */
async function replaceWhileReading(
  { one, two }: ExamplePlace,
  lengthOf: (version: number) => number,
): Promise<void> {
  await one.perform([['create', 'f', [0, lengthOf(0)]]])
  const versions = Array.from({ length: 40 }, (_, index) => index)
  const first = await once(one, 'content', 'f')
  const replace = (version: number): readonly Operation[] => [
    ['create', 'new', [version, lengthOf(version)]],
    ['content', 'new'],
    ['rename', 'new', 'f'],
  ]
  const [written, read] = await Promise.all([
    one.perform(versions.flatMap(replace)),
    two.perform(versions.map(() => ['content', 'f'])),
  ])
  const whole = new Set([first, ...written.filter((_, index) => index % 3 === 1)])
  expect(read.filter((content) => !whole.has(content))).toEqual([])
  expect(whole).toContain(await once(two, 'content', 'f'))
}

export const sharing: readonly Example[] = [
  {
    name: 'what one mount has closed, another reads when it opens',
    options: asking,
    run: async ({ one, two }) => {
      await one.perform([['create', 'f', 'first']])
      expect(await once(two, 'content', 'f')).toBe('first')
      await one.perform([['overwrite', 'f', 'second']])
      expect(await once(two, 'content', 'f')).toBe('second')
    },
  },
  {
    name: 'changes of others show within the timeouts',
    run: async ({ one, behind }) => {
      await behind.perform([['create', 'f', 'first']])
      const isThere = async (): Promise<boolean> => (await once(one, 'content', 'f')) === 'first'
      await until('the mount shows the new file', async () => (await isThere()) || undefined)
      expect(await once(one, 'lstat', 'g')).toEqual(failed('ENOENT'))
      await behind.perform([
        ['overwrite', 'f', 'second, and longer'],
        ['create', 'g'],
      ])
      const seen = async (): Promise<boolean> => {
        const [f, g] = await one.perform([
          ['content', 'f'],
          ['content', 'g'],
        ])
        return f === 'second, and longer' && g === ''
      }
      await until('the mount shows what others did', async () => (await seen()) || undefined)
    },
  },
  {
    name: 'who keeps a directory open and rewinds it sees changes of others within the timeouts',
    run: async ({ one, behind }) => {
      await behind.perform([
        ['mkdir', 'd'],
        ['create', 'd/a'],
      ])
      await until('the mount shows the directory', async () => {
        const shown = await once(one, 'listdir', 'd')
        return JSON.stringify(shown) === '["a"]' || undefined
      })
      await one.perform([['open', 0, 'd', 'O_RDONLY|O_DIRECTORY']])
      expect(await once(one, 'names', 0)).toEqual(['a'])
      await behind.perform([['rename', 'd/a', 'd/b']])
      await until('the open directory shows the new name', async () => {
        const [, shown] = await one.perform([
          ['rewind', 0],
          ['names', 0],
        ])
        return JSON.stringify(shown) === '["b"]' || undefined
      })
      await one.perform([['close', 0]])
    },
  },
  {
    name: 'with timeouts of zero changes of others show at once',
    options: asking,
    run: async ({ one, behind }) => {
      await behind.perform([['create', 'f', 'text']])
      expect(await once(one, 'lstat', 'f')).toMatchObject({ size: 4, mode: '0o644' })
      await behind.perform([
        ['truncate', 'f', 2],
        ['chmod', 'f', 0o600],
      ])
      expect(await once(one, 'lstat', 'f')).toMatchObject({ size: 2, mode: '0o600' })
      await behind.perform([['rename', 'f', 'g']])
      expect(await once(one, 'listdir', '.')).toEqual(['g'])
      expect(await once(one, 'lstat', 'f')).toEqual(failed('ENOENT'))
    },
  },
  {
    name: 'programs of one mount see each other at once',
    run: async ({ one }) => {
      const results = await one.perform([
        ['open', 0, 'f', 'O_RDWR|O_CREAT'],
        ['open', 1, 'f', 'O_RDWR'],
        ['write', 0, 'unsaved'],
        ['pread', 1, 100, 0],
        ['fstat', 1],
        ['map_write', 1, 'X', 0],
        ['pread', 0, 100, 0],
      ])
      expect(results.slice(3)).toMatchObject(['unsaved', { size: 7 }, null, 'Xnsaved'])
    },
  },
  {
    name: 'after close the server has all that was written',
    options: asking,
    run: async ({ one, behind }) => {
      await one.perform([
        ['open', 0, 'f', 'O_RDWR|O_CREAT'],
        ['write', 0, [7, 300_000]],
        ['close', 0],
      ])
      expect(await once(behind, 'content', 'f')).toEqual(await once(one, 'content', 'f'))
      expect(await once(behind, 'lstat', 'f')).toMatchObject({ size: 300_000 })
    },
  },
  {
    name: 'after fsync the server has all that was written',
    options: asking,
    run: async ({ one, behind }) => {
      await one.perform([
        ['open', 0, 'f', 'O_RDWR|O_CREAT'],
        ['write', 0, 'text'],
        ['fsync', 0],
      ])
      expect(await once(behind, 'content', 'f')).toBe('text')
    },
  },
  {
    name: 'a refused write is told once, by fsync or close, with its error',
    expectedLog: /written data was refused and is lost/,
    options: asking,
    run: async ({ one, behind }) => {
      await one.perform([['open', 0, 'f', 'O_RDWR|O_CREAT']])
      await behind.perform([['chmod', 'f', 0o444]])
      const results = await one.perform([
        ['write', 0, 'text'],
        ['fsync', 0],
        ['fsync', 0],
        ['close', 0],
      ])
      expect(results).toEqual([4, failed('EACCES'), null, null])
      expect(await once(behind, 'content', 'f')).toBe('')
    },
  },
  {
    name: 'a rename replaces a file in one step',
    options: asking,
    run: (place) => replaceWhileReading(place, () => 5000),
  },
  {
    name: 'a rename replaces a file by a longer or shorter one in one step',
    servers: ['ours'],
    options: asking,
    run: (place) => replaceWhileReading(place, (version) => 5000 + ((version * 7919) % 9000)),
  },
  {
    name: 'of two mounts that create a file with O_EXCL, one does',
    servers: ['ours'],
    options: asking,
    run: async ({ one, two }) => {
      const creations = names.map((name): Operation => ['create', name])
      const [a, b] = await Promise.all([one.perform(creations), two.perform(creations)])
      const made = names.map((_, index) => [a[index], b[index]])
      for (const pair of made) expect(pair).toContainEqual(null)
      for (const pair of made) expect(pair).toContainEqual(failed('EEXIST'))
    },
  },
  {
    name: 'of two mounts that rename with RENAME_NOREPLACE, one does',
    servers: ['ours'],
    options: asking,
    run: async ({ one, two }) => {
      await one.perform([
        ...names.map((name): Operation => ['create', `one-${name}`]),
        ...names.map((name): Operation => ['create', `two-${name}`]),
      ])
      const renames = (who: string) =>
        names.map((name): Operation => ['renameat2', `${who}-${name}`, name, 1])
      const [a, b] = await Promise.all([one.perform(renames('one')), two.perform(renames('two'))])
      const done = names.map((_, index) => [a[index], b[index]])
      for (const pair of done) expect(pair).toContainEqual(null)
      for (const pair of done) expect(pair).toContainEqual(failed('EEXIST'))
    },
  },
  {
    name: 'two programs of one mount append without losing anything',
    options: asking,
    run: async ({ one }) => {
      const turns = Array.from({ length: 50 }, (_, index): Operation => [
        'write',
        index % 2,
        'line\n',
      ])
      await one.perform([
        ['open', 0, 'f', 'O_WRONLY|O_CREAT|O_APPEND'],
        ['open', 1, 'f', 'O_WRONLY|O_APPEND'],
        ...turns,
      ])
      expect(await once(one, 'lstat', 'f')).toMatchObject({ size: 250 })
    },
  },
]
