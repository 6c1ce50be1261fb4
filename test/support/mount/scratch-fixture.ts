import { afterAll, beforeAll } from 'vitest'
import { makeScratch, removeScratch } from './scratch.ts'

/** A scratch directory for all tests of a file. */
export function useScratch(): () => string {
  let scratch = ''
  beforeAll(() => {
    scratch = makeScratch()
  })
  afterAll(() => removeScratch(scratch))
  return () => scratch
}
