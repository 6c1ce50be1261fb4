/** Groups of tests that run on every server and FUSE backend. */

import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { requireBackend, requireFuse, requirePrograms } from './requirements.ts'
import type { OurServerOptions } from './our-server.ts'
import type { BackendName, ServerName } from './scenario.ts'
import { useScratch } from './scratch-fixture.ts'
import { availableServers, startServer } from './servers.ts'
import type { TestServer } from './test-server.ts'

export interface MatrixPlace {
  readonly server: TestServer
  readonly backend: BackendName
  readonly scratch: string
}

/** `define` declares the tests; `place` may be called by those that run. */
export function describeMatrix(
  backends: readonly BackendName[],
  define: (place: () => MatrixPlace, serverName: ServerName, backend: BackendName) => void,
  options: OurServerOptions = {},
): void {
  describe.for(availableServers())('%s server', (serverName) => {
    const scratch = useScratch()
    let server: TestServer

    beforeAll(async () => {
      server = await startServer(serverName, scratch(), options)
    })
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]()
    })

    describe.for(backends)('%s backend', (backend) => {
      beforeEach((context) => {
        requireFuse(context)
        requireBackend(context, backend)
        requirePrograms(context, ['python3'])
      })
      define(() => ({ server, backend, scratch: scratch() }), serverName, backend)
    })
  })
}
