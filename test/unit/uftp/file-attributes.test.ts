import { describe, expect, it } from 'vitest'
import { attributesOfBoth, attributesOfFacts } from '../../../src/uftp/file-attributes.ts'
import { parseFactLine, parseStatLine } from '../../../src/uftp/wire/facts.ts'

const modify = 'size=3;modify=20240229123456;type=file;perm=rw;UNIX.mode=100640;'
const born = parseFactLine(`${modify}create=20240229120000.5; f`)!

describe('birth times', () => {
  it('are taken where times are UTC, and kept when STAT adds the rest', () => {
    const facts = attributesOfFacts(born, 'utc')!
    expect(facts.birthTimeNs).toBe(1_709_208_000_500_000_000n)
    const line = parseStatLine('-rw- 4 1709210096000 f')!
    expect(attributesOfBoth(facts, line)).toMatchObject({
      size: 4,
      birthTimeNs: facts.birthTimeNs,
    })
  })

  it.each([
    ['local times, whose zone is not known', born, 'local'],
    ['no such fact', parseFactLine(`${modify} f`)!, 'utc'],
    ['what is no time', parseFactLine(`${modify}create=yesterday; f`)!, 'utc'],
  ] as const)('are absent for %s', (_, line, times) => {
    expect(attributesOfFacts(line, times)).not.toHaveProperty('birthTimeNs')
  })
})
