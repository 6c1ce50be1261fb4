import { describe, expect, it } from 'vitest'
import { readFactEntry } from '../../../src/uftp/fact-attributes.ts'
import { attributesOfBoth, type FactAttributes } from '../../../src/uftp/file-attributes.ts'
import { parseStatLine } from '../../../src/uftp/wire/facts.ts'

function attributesOf(line: string, times: 'local' | 'utc'): FactAttributes | undefined {
  // In the middle of others, as in a listing.
  const [before, bytes] = [Buffer.from('size=1; a\n'), Buffer.from(line)]
  const all = Buffer.concat([before, bytes, Buffer.from('\nsize=2;type=dir; b\n')])
  return readFactEntry(all, before.length, before.length + bytes.length, times)?.attributes
}

const modify = 'size=3;modify=20240229123456;type=file;perm=rw;UNIX.mode=100640;'
const born = `${modify}create=20240229120000.5; f`

describe('birth times', () => {
  it('are taken where times are UTC, and kept when STAT adds the rest', () => {
    const facts = attributesOf(born, 'utc')!
    expect(facts.birthTimeNs).toBe(1_709_208_000_500_000_000n)
    const line = parseStatLine('-rw- 4 1709210096000 f')!
    expect(attributesOfBoth(facts, line)).toMatchObject({
      size: 4,
      birthTimeNs: facts.birthTimeNs,
    })
  })

  it.each([
    ['local times, whose zone is not known', born, 'local'],
    ['no such fact', `${modify} f`, 'utc'],
    ['what is no time', `${modify}create=yesterday; f`, 'utc'],
  ] as const)('are absent for %s', (_, line, times) => {
    expect(attributesOf(line, times)).not.toHaveProperty('birthTimeNs')
  })
})

describe('further facts', () => {
  const further =
    'unique=65024:7;UNIX.nlink=2;UNIX.uid=0;UNIX.gid=1000;' +
    'UNIX.atime=19691231235959.999999999;UNIX.ctime=20240229120000.000000001;'

  it('are taken where times are UTC', () => {
    const line = `${modify}${further} f`
    expect(attributesOf(line, 'utc')).toMatchObject({
      fileId: '65024:7',
      nlink: 2,
      uid: 0,
      gid: 1000,
      atimeNs: -1n,
      ctimeNs: 1_709_208_000_000_000_001n,
    })
    expect(attributesOf(line, 'local')).not.toHaveProperty('fileId')
  })

  it.each([
    ['a', 'a'],
    ['a%20%3B=%25%0A', 'a ;=%\n'],
    ['%FF', '\udcff'],
    ['', ''],
  ])('the target %j of a link is %j', (written, target) => {
    const link = `size=1;modify=20240229123456;type=OS.unix=slink;UNIX.slink=${written}; f`
    const attributes = attributesOf(link, 'utc')
    expect(attributes).toMatchObject({ type: 'symlink', linkTarget: target })
  })

  it('are absent when malformed', () => {
    const line = `${modify}UNIX.nlink=-1;UNIX.uid=x;UNIX.slink=%; f`
    const attributes = attributesOf(line, 'utc')
    for (const key of ['nlink', 'uid', 'linkTarget']) expect(attributes).not.toHaveProperty(key)
  })
})
