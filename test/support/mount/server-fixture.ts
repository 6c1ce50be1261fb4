/** For test files that need one running server of ours and a scratch directory. */

import { afterAll, beforeAll } from 'vitest'
import { OurServer } from './our-server.ts'
import { makeScratch, removeScratch } from './scratch.ts'

export interface ServerFixture {
  readonly server: OurServer
  readonly scratch: string
}

/** Starts it before the tests of the file and ends it after them. */
export function useOurServer(): () => ServerFixture {
  let fixture: ServerFixture | undefined
  beforeAll(async () => {
    const scratch = makeScratch()
    fixture = { scratch, server: await OurServer.start(scratch) }
  })
  afterAll(async () => {
    await fixture?.server[Symbol.asyncDispose]()
    if (fixture) removeScratch(fixture.scratch)
  })
  return () => {
    if (!fixture) throw new Error('the server did not start')
    return fixture
  }
}
