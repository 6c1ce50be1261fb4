import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FactListing } from '../../../src/uftp/fact-listing.ts'
import { stockAgreement, type Agreement } from '../../../src/uftp/agreement.ts'

const extended: Agreement = { ...stockAgreement, times: 'utc', escapesPaths: true }

/** Received in pieces of these sizes, the last repeated, as far as the sink has space. */
function listed(text: string | Buffer, agreement: Agreement, pieces: readonly number[] = [65536]) {
  const listing = new FactListing({ agreement })
  let rest: Uint8Array = Buffer.from(text as string)
  for (let index = 0; rest.length > 0; index++) {
    const space = listing.space()
    const piece = rest.subarray(
      0,
      Math.min(space.length, pieces[Math.min(index, pieces.length - 1)]!),
    )
    space.set(piece)
    listing.advance(piece.length)
    rest = rest.subarray(piece.length)
  }
  return listing.lines()
}

function names(text: string | Buffer, agreement: Agreement): readonly string[] {
  const { entries, isDoubtful } = listed(text, agreement)
  return isDoubtful ? ['doubtful', ...entries.keys()] : [...entries.keys()]
}

const facts = 'size=3;modify=20240229123456;type=file;perm=r;UNIX.mode=100640;'

describe('a listing', () => {
  test.each([
    ['nothing', '', []],
    ['two files', `${facts} a\r\n${facts} b c\r\n`, ['a', 'b c']],
    ['the directory itself', `type=cdir; .\r\n${facts} a\r\nType=PDIR; ..\r\n`, ['a']],
    ['escaped names', `${facts} %0A%FF;\r\n`, ['\n\udcff;']],
    ['names beyond ASCII', `${facts} é😀\r\n`, ['é😀']],
    ['a malformed escape', `${facts} %0\r\n${facts} b\r\n`, ['doubtful', 'b']],
    ['a malformed line', `size\r\n${facts} b\r\n`, ['doubtful', 'b']],
    ['an empty line', `${facts} a\r\n\r\n`, ['doubtful', 'a']],
    ['no size', 'type=file; a\r\n', ['doubtful']],
    ['a malformed size', 'size=-1;type=file; a\r\n', ['doubtful']],
    ['an unknown type', 'size=1;type=door; a\r\n', ['doubtful']],
    ['a name twice', `${facts} a\r\n${facts} a\r\n`, ['doubtful', 'a']],
    ['a line that is cut', `${facts} a\r\n${facts} b`, ['doubtful', 'a']],
  ])('of %s', (_, text, expected) => {
    expect(names(text, extended)).toEqual(expected)
  })

  test('of stock UFTPD has raw names, with CR and bytes that are not UTF-8', () => {
    const text = Buffer.concat([Buffer.from(`${facts} a\r\n${facts} %41`), Buffer.of(0xff, 0x0a)])
    expect(names(text, stockAgreement)).toEqual(['a\r', '%41\udcff'])
  })

  test('is the same however it is cut', () => {
    const text = `${facts}create=20240229120000.5;unique=1:2; é%20\r\n${facts} b\r\ntype=cdir; .\r\n`
    const whole = listed(text, extended)
    expect([...whole.entries.keys()]).toEqual(['é ', 'b'])
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
    fc.assert(
      fc.property(sizes, (pieces) => {
        expect(listed(text, extended, pieces)).toEqual(whole)
      }),
    )
  })

  test('with a line that does not end is doubtful, and bounded', () => {
    const long = Buffer.alloc(2 ** 20, 'x')
    const text = Buffer.concat([long, Buffer.from(`\r\n${facts} a\r\n`)])
    expect(names(text, extended)).toEqual(['doubtful', 'a'])
  })
})
