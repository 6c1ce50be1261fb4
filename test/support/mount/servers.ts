/** Which servers this run tests against, and how they are started. */

import { ExternalServer, externalSettings } from './external-server.ts'
import { OurServer } from './our-server.ts'
import type { OurServerOptions } from './our-server.ts'
import type { ServerName } from './scenario.ts'
import type { TestServer } from './test-server.ts'

/** Ours, and the one that the environment names. */
export function availableServers(): ServerName[] {
  return externalSettings() ? ['ours', 'external'] : ['ours']
}

export async function startServer(
  name: ServerName,
  scratch: string,
  options: OurServerOptions = {},
): Promise<TestServer> {
  if (name === 'ours') return OurServer.start(scratch, options)
  const settings = externalSettings()
  if (!settings) throw new Error('the environment names no external server')
  return new ExternalServer(settings)
}
