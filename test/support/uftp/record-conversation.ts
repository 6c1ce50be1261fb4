import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import { Secret } from '../../../src/support/secret.ts'
import { UftpRemote } from '../../../src/uftp/remote.ts'
import { externalSettings } from '../mount/external-server.ts'
import { requestTransfer } from '../mount/transfer-request.ts'
import { projectRoot } from '../project.ts'
import { base, fixturePath, talk } from './conversation.ts'
import { RecordingRelay } from './recording-relay.ts'

/** Makes the fixture anew with the stock UFTPD that UFTP_TEST_* name; UFTP_TEST_DIR an empty /base. */
export async function recordConversation(): Promise<void> {
  const { commandPort, listenPort, user } = externalSettings()!
  const [host, port] = listenPort.split(':') as [string, string]
  const relay = new RecordingRelay({ host, port: Number(port) })
  const ticket = {
    host: '127.0.0.1',
    port: await relay.start(),
    secret: new Secret(await requestTransfer(commandPort, user, base)),
  }
  const remote = await UftpRemote.connect({
    signOn: async () => ticket,
    base,
    sessions: 1,
    log: silentLogger,
    clock: systemClock,
  })
  const results = await talk(remote)
  await remote[Symbol.asyncDispose]()
  await relay.stop()
  const file = join(projectRoot, fixturePath)
  mkdirSync(dirname(file), { recursive: true })
  const fixture = { exchanges: relay.exchanges, results }
  writeFileSync(file, `${JSON.stringify(fixture, bigints, 1)}\n`)
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
