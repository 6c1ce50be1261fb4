/** From the configuration to a Remote: who signs on where, with what. */

import { systemClock } from '../support/clock.ts'
import { silentLogger, type Logger } from '../support/logger.ts'
import { signOn } from '../uftp/auth/auth-client.ts'
import type { Credentials } from '../uftp/auth/credentials.ts'
import { SignOnError } from '../uftp/auth/sign-on-error.ts'
import type { SessionTicket } from '../uftp/session-ticket.ts'
import { explainBaseDirectory } from '../uftp/base-directory.ts'
import { UftpRemote } from '../uftp/remote.ts'
import { SessionRefused } from '../uftp/session-refused.ts'
import { accountName } from './account.ts'
import type { MountConfig } from './config.ts'
import type { Demo } from './demo.ts'
import { usageError } from './exit.ts'
import type { Secrets } from './secrets.ts'
import type { DirectTarget } from './target.ts'

export async function connectRemote(
  config: MountConfig,
  secrets: Secrets,
  demo: Demo | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<UftpRemote> {
  const target = demo?.target ?? config.target
  if (!target) throw usageError('no target')
  const { sessions, timeoutMs } = config
  const common = { sessions, timeoutMs, log, clock: systemClock, signal }
  if (target.kind === 'direct') {
    const ticket = directTicket(target, secrets)
    return UftpRemote.connect({
      ...common,
      signOn: once(ticket),
      ...(target.directory === '' ? {} : { directory: target.directory }),
    })
  }
  const credentials = demo
    ? passwordCredentials(demo.user, demo.password)
    : credentialsOf(config, secrets)
  const request = {
    url: new URL(target.authUrl),
    serverPath: target.directory,
    credentials,
    ca: demo?.ca ?? config.ca,
    insecure: config.insecure,
    timeoutMs,
    log,
  }
  const { directory } = target
  try {
    return await UftpRemote.connect({
      ...common,
      signOn: (abort) => signOn(request, abort),
      ...(directory.startsWith('/') ? { base: directory } : {}),
    })
  } catch (error) {
    if (!(error instanceof SessionRefused) || error.kind !== 'base-directory') throw error
    const explanation = await explainBaseDirectory({
      signOnWithoutBase: (abort) => signOn({ ...request, serverPath: '' }, abort),
      directory,
      silenceMs: timeoutMs,
      log: silentLogger, // its refusals are what we ask for
      signal,
    }).catch(() => undefined) // the account may not have such a session
    throw explanation ?? error
  }
}

function credentialsOf(config: MountConfig, secrets: Secrets): Credentials {
  const user = config.user ?? accountName()
  if (user === 'anonymous') return { kind: 'anonymous' }
  if (!secrets.password) throw usageError('no password: set $UFTP_PASSWORD or use -P')
  return passwordCredentials(user, secrets.password)
}

function passwordCredentials(user: string, password: Secrets['password'] & object): Credentials {
  return { kind: 'basic', user, password }
}

function directTicket({ host, port }: DirectTarget, secrets: Secrets): SessionTicket {
  return { host, port, secret: secrets.oneTimePassword! }
}

/** A one-time password that has become void cannot be renewed without an Auth server. */
function once(ticket: SessionTicket): () => Promise<SessionTicket> {
  let used = false
  return async () => {
    if (used) {
      throw new SignOnError('refused', 'the one-time password is void and cannot be renewed')
    }
    used = true
    return ticket
  }
}
