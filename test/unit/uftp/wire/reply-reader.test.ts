import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineReader, ReplyReader, type Reply } from '../../../../src/uftp/wire/reply-reader.ts'

/** Splits at the given positions. */
function cut(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const sorted = [0, ...positions.map((at) => at % (bytes.length + 1)), bytes.length]
  sorted.sort((a, b) => a - b)
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

const word = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/[\r\n]/.test(text))

const reply: fc.Arbitrary<Reply> = fc.record({
  code: fc.integer({ min: 100, max: 599 }),
  text: word,
  lines: fc.array(
    word.map((text) => ` ${text}`),
    { maxLength: 4 },
  ),
})

function write({ code, text, lines }: Reply, end: string): string {
  const first = lines.length > 0 ? [`${code}- listing`, ...lines] : []
  return [...first, `${code} ${text}`].map((line) => line + end).join('')
}

describe('replies', () => {
  test('come out whole, wherever they are cut and however their lines end', () => {
    fc.assert(
      fc.property(
        fc.array(reply, { maxLength: 6 }),
        fc.array(fc.nat(10_000), { maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        (replies, cuts, end) => {
          const bytes = Buffer.from(replies.map((one) => write(one, end)).join(''))
          const lines = new LineReader()
          const reader = new ReplyReader()
          const read = cut(bytes, cuts)
            .flatMap((chunk) => lines.push(chunk))
            .map((line) => reader.push(line))
          expect(read.filter((one) => one !== undefined)).toEqual(replies)
          expect(reader.isInside).toBe(false)
        },
      ),
    )
  })

  test('keep bytes that are not UTF-8', () => {
    const [line] = new LineReader().push(Buffer.from([0x61, 0xff, 0x0a]))
    expect(line).toBe('a\udcff')
  })

  test.each(['hello', '', '20 OK', '2000 OK', '20x OK', ' 200 OK'])('%j is none', (line) => {
    expect(() => new ReplyReader().push(line)).toThrow(/not a reply/)
  })

  test('a line of one code does not end the reply of another', () => {
    const reader = new ReplyReader()
    const lines = ['211-first', '200 OK', '211-again', '2110', ' 211 no', '211 end']
    expect(lines.map((line) => reader.push(line)).at(-1)).toEqual({
      code: 211,
      text: 'end',
      lines: lines.slice(1, -1),
    })
  })

  test('with a marker are all that comes before it, whatever they say', () => {
    const reader = new ReplyReader()
    const lines = ['211- Sending file list', ' x', '211 End of file list', '200 OK', '211 End']
    for (const line of lines) expect(reader.push(line, '4711')).toBeUndefined()
    expect(reader.push('350 Restarting at 4711. End byte range at 4711', '4711')).toEqual({
      code: 211,
      text: 'End',
      lines: lines.slice(1, -1),
    })
    expect(reader.push('200 OK')).toEqual({ code: 200, text: 'OK', lines: [] })
  })
})

describe('limits', () => {
  test('an endless line is refused', () => {
    const lines = new LineReader()
    expect(() => {
      for (let count = 0; count < 100; count++) lines.push(Buffer.alloc(1024, 0x61))
    }).toThrow(/more than/)
  })

  test('an endless reply is refused', () => {
    const reader = new ReplyReader()
    const line = ` ${'x'.repeat(1024 * 1024)}`
    expect(() => {
      reader.push('211-')
      for (let count = 0; count < 200; count++) reader.push(line)
    }).toThrow(/more than/)
  })
})
