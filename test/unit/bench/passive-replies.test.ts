import { describe, expect, test } from 'vitest'
import { PassiveReplies } from '../../../bench/wan/passive-replies.ts'

function replies(): { asked: number[]; translator: PassiveReplies } {
  const asked: number[] = []
  const translator = new PassiveReplies('127.0.0.2', async (port) => {
    asked.push(port)
    return 1027
  })
  return { asked, translator }
}

async function translate(translator: PassiveReplies, text: string): Promise<string> {
  return (await translator.translate(Buffer.from(text, 'latin1'))).toString('latin1')
}

describe('replies that name a port', () => {
  test('extended', async () => {
    const { asked, translator } = replies()
    const reply = '229 Entering Extended Passive Mode (|||40000|)\r\n'
    expect(await translate(translator, reply)).toBe(reply.replace('40000', '1027'))
    expect(asked).toEqual([40000])
  })

  test('with an address', async () => {
    const { asked, translator } = replies()
    const reply = '227 Entering Passive Mode (127,0,0,1,156,64)\r\n'
    expect(await translate(translator, reply)).toBe('227 Entering Passive Mode (127,0,0,2,4,3)\r\n')
    expect(asked).toEqual([40000])
  })

  test('cut at every byte, among others', async () => {
    const text = '250 OK\r\n229 Passive (|||40000|)\r\n150 \xe9\r\n226 Done\r\n'
    for (let cut = 0; cut <= text.length; cut++) {
      const { translator } = replies()
      const first = await translate(translator, text.slice(0, cut))
      const second = await translate(translator, text.slice(cut))
      expect(first + second + translator.finish().toString('latin1')).toBe(
        text.replace('40000', '1027'),
      )
    }
  })
})

test('other replies that look alike stay as they are', async () => {
  const { asked, translator } = replies()
  const text = '211-Features:\r\n 229 (|||1|)\r\n211 END\r\n'
  expect(await translate(translator, text)).toBe(text)
  expect(asked).toEqual([])
})
