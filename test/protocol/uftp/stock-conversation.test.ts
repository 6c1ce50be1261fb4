/**
 * The whole client against what a stock UFTPD really said, with local times and all its oddities.
 * With UFTP_TEST_RECORD=1 the conversation is recorded anew first.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import { Secret } from '../../../src/support/secret.ts'
import { UftpRemote } from '../../../src/uftp/remote.ts'
import { projectRoot } from '../../support/project.ts'
import { base, fixturePath, talk, type Exchange } from '../../support/uftp/conversation.ts'
import { recordConversation } from '../../support/uftp/record-conversation.ts'
import { ReplayServer } from '../../support/uftp/replay-server.ts'

interface Fixture {
  readonly exchanges: readonly Exchange[]
  readonly results: readonly unknown[]
}

function readFixture(): Fixture {
  return JSON.parse(readFileSync(join(projectRoot, fixturePath), 'utf8'), (_, value) =>
    typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as Fixture
}

beforeAll(async () => {
  if (process.env['UFTP_TEST_RECORD']) await recordConversation()
}, 60_000)

test('the recorded conversation comes out the same', async () => {
  const fixture = readFixture()
  await using server = await ReplayServer.start(fixture.exchanges)
  await using remote = await UftpRemote.connect({
    signOn: async () => ({ host: '127.0.0.1', port: server.port, secret: new Secret('any') }),
    base,
    sessions: 1,
    timeoutMs: 2_000,
    log: silentLogger,
    clock: systemClock,
  })
  const results = await talk(remote)
  expect(server.strangers).toEqual([])
  expect(server.unused).toEqual([])
  expect(results).toEqual(fixture.results)
})
