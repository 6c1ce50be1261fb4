/** For test files that need one running server of ours. */

import { afterAll, beforeAll } from 'vitest'
import { OurServer } from './our-server.ts'
import { useScratch } from './scratch-fixture.ts'

export interface ServerFixture {
  readonly server: OurServer
  readonly scratch: string
}

/** Starts it before the tests of the file and ends it after them. */
export function useOurServer(): () => ServerFixture {
  const scratch = useScratch()
  let server: OurServer | undefined
  beforeAll(async () => {
    server = await OurServer.start(scratch())
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })
  return () => {
    if (!server) throw new Error('the server did not start')
    return { server, scratch: scratch() }
  }
}
