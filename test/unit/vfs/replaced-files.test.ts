/** Files that others replace, by rename, while they are looked up, opened and read here. */

import { describe, expect, test } from 'vitest'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, readWrite, VfsSession } from '../../support/vfs/vfs-session.ts'

const reading = { ...readWrite, access: 'read' } as const
const whole = 20 * 2 ** 20

/** More than the first window of a reader. */
const large = (letter: string): string => letter.repeat(5_000_000)

interface Place {
  readonly session: VfsSession
  readonly remote: MemoryRemote
  /** Of the last lookup. */
  readonly nodeid: number
  readonly attributesDropped: number[]
}

async function start(content: string, remote = new MemoryRemote()): Promise<Place> {
  const session = await VfsSession.create({}, remote)
  const attributesDropped: number[] = []
  session.vfs.setInvalidation({
    invalidateInode: () => {},
    invalidateAttributes: async (nodeid) => void attributesDropped.push(nodeid),
    invalidateEntry: () => {},
  })
  remote.put('/f', content)
  const { nodeid } = await session.existing('f')
  return { session, remote, nodeid, attributesDropped }
}

async function openAgain({ session, nodeid }: Place): Promise<number> {
  return (await session.vfs.open(nodeid, reading, caller)).fh
}

describe.each([
  ['that tells files apart', () => new MemoryRemote()],
  ['that tells sizes and times', () => MemoryRemote.plain()],
])('on a far side %s', (_, makeRemote) => {
  test('a file that was replaced after its lookup is opened', async () => {
    const place = await start('old', makeRemote())
    place.remote.put('/f', 'new one')
    place.session.expireCaches()
    expect(await place.session.read(await openAgain(place), 0, whole)).toBe('new one')
  })

  test.each(['longer than it was', 'new', ''])(
    'the first read gets the file that was put there after the opening: "%s"',
    async (content) => {
      const place = await start('older', makeRemote())
      const fh = await openAgain(place)
      place.remote.put('/f', content)
      expect(await place.session.read(fh, 0, whole)).toBe(content)
      const isLonger = content.length > 'older'.length
      expect(place.attributesDropped).toEqual(isLonger ? [place.nodeid] : [])
    },
  )

  test('no read mixes or cuts versions that come in the moment of fetching', async () => {
    const { session, remote, ...place } = await start('0', makeRemote())
    const fh = await openAgain({ session, remote, ...place })
    const versions = ['1111', '22', '333333', '4']
    remote.before = (verb) => {
      const next = verb === 'read' ? versions.shift() : undefined
      if (next !== undefined) remote.put('/f', next)
    }
    expect(await session.read(fh, 0, whole)).toBe('4')
  })
})

test('who has bytes of a file gets no others, but what is known of it', async () => {
  const place = await start(large('a'))
  const { session, remote, nodeid } = place
  const fh = await openAgain(place)
  expect(await session.read(fh, 0, 10)).toBe('aaaaaaaaaa')
  remote.put('/f', large('b'))
  await expect(session.read(fh, 4_000_000, 10)).rejects.toMatchObject({ code: 'ESTALE' })
  expect(await session.read(fh, 10, 10)).toBe('aaaaaaaaaa')
  expect(await session.vfs.getAttributes(nodeid, fh, caller)).toMatchObject({
    attributes: { size: 5_000_000 },
  })
  const after = await session.existing('f')
  expect(after.nodeid).not.toBe(nodeid)
  expect(await session.read(await session.open('f', { access: 'read' }), 0, 3)).toBe('bbb')
})

test('a writer keeps its file, which is lost', async () => {
  const place = await start('old')
  const fh = await place.session.open('f')
  place.remote.put('/f', 'new')
  place.session.expireCaches()
  await expect(place.session.read(fh, 0, 10)).rejects.toMatchObject({ code: 'ESTALE' })
  expect(place.remote.text('/f')).toBe('new')
})

test('pages that the kernel has kept keep their file', async () => {
  const place = await start('old')
  const first = await openAgain(place)
  await place.session.read(first, 0, 10)
  await place.session.close(first)
  const { fh, keepCache } = await place.session.vfs.open(place.nodeid, reading, caller)
  expect(keepCache).toBe(true)
  place.remote.put('/f', 'new')
  place.session.expireCaches()
  const kept = await place.session.vfs.getAttributes(place.nodeid, fh, caller)
  expect(await place.session.existing('f')).not.toMatchObject({ nodeid: place.nodeid })
  expect(kept.attributes.ino).not.toBe((await place.session.existing('f')).attributes.ino)
  expect(await place.session.read(fh, 0, 10)).toBe('old')
})

test('a file that was replaced before is fetched in one piece and read to its end', async () => {
  const place = await start('small')
  const { session, remote } = place
  remote.put('/f', large('a'))
  session.expireCaches()
  const fh = await openAgain(place)
  expect(await session.read(fh, 0, 10)).toBe('aaaaaaaaaa')
  remote.put('/f', large('b'))
  expect(await session.read(fh, 4_999_990, 100)).toBe('aaaaaaaaaa')
})
