import { expect, test } from 'vitest'
import { replyErrno } from '../../../src/fuse/reply-errno.ts'
import { ErrnoError } from '../../../src/support/errno-error.ts'
import { silentLogger } from '../../../src/support/logger.ts'

test.each([
  [new ErrnoError('ENOTEMPTY', 'rmdir'), 39, 0],
  [Object.assign(new Error('from Node'), { code: 'EMFILE' }), 24, 0],
  [AbortSignal.abort().reason as unknown, 4, 0],
  [new TypeError('a bug'), 5, 1],
  ['not even an error', 5, 1],
])('%s', (error, errno, logged) => {
  const lines: string[] = []
  const log = { ...silentLogger, error: (message: string) => void lines.push(message) }
  expect(replyErrno(error, 'RMDIR', log)).toBe(errno)
  expect(lines).toHaveLength(logged)
})
