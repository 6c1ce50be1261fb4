/** Before and after the mount tests: what killed processes left behind goes away. */

import { removeStaleScratch } from './scratch.ts'

export function setup(): void {
  removeStaleScratch()
}

export function teardown(): void {
  removeStaleScratch()
}
