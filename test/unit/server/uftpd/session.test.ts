import { expect, test } from 'vitest'
import { stockFacts } from '../../../../src/server/uftpd/file-facts.ts'
import { Session, type SessionParts } from '../../../../src/server/uftpd/session.ts'

/** Longer than a session executes commands before others have their turn. */
const longMs = 20

/** Executes commands that have all arrived together; what happened meanwhile, in order. */
async function execute(verbs: readonly string[]): Promise<readonly string[]> {
  const events: string[] = []
  const lines = [...verbs]
  const parts = {
    control: {
      get hasLine() {
        return lines.length > 0
      },
      nextLine: async () => (lines.length > 0 ? { text: lines.shift()! } : undefined),
      onEnd: () => undefined,
      reply: async (text: string) => {
        events.push(text.slice(0, 3))
        const endMs = performance.now() + longMs
        while (performance.now() < endMs);
      },
    },
    data: { close: () => undefined },
    storage: { [Symbol.asyncDispose]: async () => undefined },
  }
  const session = new Session(parts as unknown as SessionParts, stockFacts)
  setImmediate(() => events.push('others'))
  await session.run()
  return events
}

test('a session that has long been busy with commands lets others have their turn', async () => {
  expect(await execute(['A', 'B', 'C'])).toEqual(['502', 'others', '502', '502'])
})
