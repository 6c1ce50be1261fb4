/**
 * What tests need from the machine. A test that cannot run says why; in CI that is an error (see
 * test/support/tally-reporter.ts).
 */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'vitest'
import { loadBinding } from '../../../src/fuse/native/binding.ts'
import type { BackendName, Scenario } from './scenario.ts'
import type { UserIds } from './shell.ts'

export const isRoot = process.getuid?.() === 0

/** Skips the running test if the machine lacks something. */
export function requirePrograms(test: TestContext, programs: readonly string[]): void {
  const missing = programs.filter((program) => findProgram(program) === undefined)
  test.skip(missing.length > 0, `not installed: ${missing.join(', ')}`)
}

export function requireRoot(test: TestContext, reason: string): void {
  test.skip(!isRoot, `needs root: ${reason}`)
}

/** `nobody`, whom root becomes for tests of what others may: fusermount3 wants a user with a name. */
export const ordinaryUser: UserIds = { uid: 65534, gid: 65534 }

/** The tests of root mount as somebody else. (An ordinary user's are all of this kind anyway.) */
export function requireOrdinaryUser(test: TestContext): void {
  requireRoot(test, 'it becomes another user')
  requirePrograms(test, ['fusermount3', 'setpriv'])
  requireFuse(test)
}

export function requireFuse(test: TestContext): void {
  const missing = fuseMissing()
  test.skip(missing !== undefined, missing)
}

/** Why nothing can be mounted here, or undefined. */
export function fuseMissing(): string | undefined {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return 'no access to /dev/fuse'
  }
  if (isRoot || findProgram('fusermount3')) return undefined
  return 'neither root nor fusermount3'
}

/** The native backend needs an optional package, and that a helper program. */
export function requireBackend(test: TestContext, backend: BackendName): void {
  if (backend !== 'native') return
  requirePrograms(test, ['fusermount3'])
  const missing = nativeMissing()
  test.skip(missing !== undefined, missing)
}

function nativeMissing(): string | undefined {
  try {
    loadBinding()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

export function requireFor(test: TestContext, scenario: Scenario): void {
  requirePrograms(test, scenario.programs ?? [])
  if (scenario.needsRoot) requireRoot(test, scenario.needsRoot)
}

export function findProgram(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
