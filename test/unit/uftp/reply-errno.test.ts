/** Refusals of a stock UFTPD, quoted from its replies, as errno. */

import { describe, expect, test } from 'vitest'
import { ConnectionLost } from '../../../src/uftp/connection-lost.ts'
import { accepted, isBlankRefusal, replyErrno } from '../../../src/uftp/reply-errno.ts'
import { command } from '../../../src/uftp/wire/commands.ts'
import { controlTurns, ftpTranscripts } from '../../support/uftp/transcripts.ts'

describe('errno of a reply', () => {
  test.each([
    [500, "Error processing command 'MKD': [Errno 17] File exists: '/base/x'", 'EEXIST'],
    [500, "Error processing command 'RMD': [Errno 39] Directory not empty: '/base/f'", 'ENOTEMPTY'],
    [500, "Error processing command 'STOR': [Errno 28] No space left on device", 'ENOSPC'],
    [500, "Error processing command 'STOR': [Errno 122] Disk quota exceeded", 'EDQUOT'],
    [500, "Error processing command 'RNTO': [Errno 18] Invalid cross-device link: 'a'", 'EXDEV'],
    [
      550,
      "Error processing command 'MLSD': 500 Error listing </x>: [Errno 13] Permission",
      'EACCES',
    ],
    [534, "Error processing command 'RETR': Forbidden: / not in /base", 'EACCES'],
    [534, "Error processing command 'DELE': Access denied", 'EACCES'],
    [500, 'Directory/file does not exist or cannot be accessed!', 'ENOENT'],
    [550, "Error processing command 'MLSD': Directory does not exist.", 'ENOENT'],
    [500, "Error processing command 'MFF': Not supported: 'UNIX.owner'", 'EOPNOTSUPP'],
    [500, "Error processing command 'MFMT': too many values to unpack (expected 2)", 'EOPNOTSUPP'],
    [500, 'Error establishing connection: Too many active transfer requests', 'EAGAIN'],
    [502, 'Command not implemented.', 'ENOSYS'],
    [501, "Error processing command 'RANG': Argument syntax error", 'EINVAL'],
    [503, 'Illegal sequence of FTP commands', 'EPROTO'],
    [530, 'Not logged in: no matching transfer request found', 'EACCES'],
    [500, "Error processing command 'X': [Errno 4711] Unheard of", 'EIO'],
    [451, 'Something else', 'EIO'],
  ])('%i %s: %s', (code, text, errno) => {
    expect(replyErrno({ code, text, lines: [] })).toBe(errno)
  })

  test('is known for every refusal that was recorded, except the bugs of SIZE, APPE and OPTS', () => {
    const unknown = ftpTranscripts()
      .flatMap(controlTurns)
      .flatMap(({ replies }) => replies.split('\n'))
      .map((line) => /^(?<code>[45]\d\d) (?<text>.*)$/.exec(line)?.groups)
      .filter((reply) => reply !== undefined)
      .filter(
        ({ code, text }) => replyErrno({ code: Number(code), text: text!, lines: [] }) === 'EIO',
      )
      .map(({ text }) => /command '(\w+)'/.exec(text!)?.[1])
    expect(new Set(unknown)).toEqual(new Set(['SIZE', 'APPE', 'OPTS']))
  })
})

describe('a refused transfer', () => {
  test.each([
    "Error processing command 'RETR': 'NoneType' object has no attribute 'write'",
    "Error processing command 'RETR': [Errno 32] Broken pipe",
    "Error processing command 'RETR': [Errno 104] Connection reset by peer",
  ])('that lost its data connection may be repeated: %s', (text) => {
    expect(() => accepted(command('RETR', '/x'), { code: 500, text, lines: [] })).toThrow(
      ConnectionLost,
    )
  })

  test('names the command, what was answered and the errno', () => {
    const text = "Error processing command 'RETR': [Errno 13] Permission denied: '/x'"
    expect(() => accepted(command('RETR', '/x'), { code: 500, text, lines: [] })).toThrow(
      expect.objectContaining({
        code: 'EACCES',
        message: expect.stringMatching(/^RETR \/x was answered 500 .*Permission denied$/),
      }),
    )
  })
})

function refusedMfmt(text: string): unknown {
  try {
    return accepted(command('MFMT', '1', 'x'), { code: 500, text, lines: [] })
  } catch (error) {
    return error
  }
}

test('only blanks make a blank refusal', () => {
  expect(isBlankRefusal(refusedMfmt('too many values to unpack (expected 2)'))).toBe(true)
  expect(isBlankRefusal(refusedMfmt("Not supported: 'UNIX.owner'"))).toBe(false)
})
