/**
 * Before and after the mount tests: what killed processes left behind goes away. Meanwhile everybody
 * may open /dev/fuse, as distributions have it; where no udev has seen to that, root does.
 */

import { chmodSync, statSync } from 'node:fs'
import { isRoot } from './requirements.ts'
import { removeStaleScratch } from './scratch.ts'

const device = '/dev/fuse'
let modeBefore: number | undefined

export function setup(): void {
  removeStaleScratch()
  const mode = statSync(device, { throwIfNoEntry: false })?.mode
  if (!isRoot || mode === undefined || (mode & 0o666) === 0o666) return
  modeBefore = mode & 0o777
  chmodSync(device, modeBefore | 0o666)
}

export function teardown(): void {
  if (modeBefore !== undefined) chmodSync(device, modeBefore)
  removeStaleScratch()
}
