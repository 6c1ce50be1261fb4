import { ErrnoError } from '../../support/errno-error.ts'
import type { Integer } from './binding.ts'

/** EFBIG beyond 2^53, where a number is not exact any more. */
export function exact(value: Integer): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new ErrnoError('EFBIG', `the offset or size ${value}`)
  return number
}
