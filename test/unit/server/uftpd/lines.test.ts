import { describe, expect, test } from 'vitest'
import { plainAddress } from '../../../../src/server/addresses.ts'
import { errorReply } from '../../../../src/server/uftpd/error-reply.ts'
import {
  factLine,
  factsFeature,
  selectFacts,
  selectedFacts,
  statLine,
  stockFacts,
} from '../../../../src/server/uftpd/file-facts.ts'
import { listLine } from '../../../../src/server/uftpd/list-line.ts'
import { Refusal } from '../../../../src/server/uftpd/refusal.ts'
import { StorageError } from '../../../../src/server/uftpd/storage-error.ts'
import type { FileStatus } from '../../../../src/server/uftpd/storage.ts'
import { UserDatabase } from '../../../../src/server/uftpd/user-database.ts'

/** Without names: numbers. */
const users = new UserDatabase('/nonexistent', '/nonexistent')

const file: FileStatus = {
  type: 'file',
  size: 20,
  mode: 0o100644,
  mtimeNs: 1_709_210_096_123_456_000n,
  atimeNs: 1_709_210_096_000_000_001n,
  ctimeNs: -1n,
  birthTimeNs: undefined,
  device: 42n,
  inode: 18_446_744_073_709_551_615n,
  uid: 1000,
  gid: 100,
  links: 1,
  readable: true,
  writable: true,
  executable: false,
}
const directory: FileStatus = { ...file, type: 'directory', mode: 0o040755, executable: true }

describe('facts', () => {
  test('of a POSIX file', () => {
    const selection = selectFacts(
      'unique;unix.nlink;UNIX.uid;UNIX.gid;UNIX.atime;UNIX.ctime;UNIX.slink;',
    )
    expect(factLine({ name: 'f', status: file }, selection, users)).toBe(
      'unique=42:18446744073709551615;UNIX.nlink=1;UNIX.uid=1000;UNIX.gid=100;' +
        'UNIX.atime=20240229123456.000000001;UNIX.ctime=19691231235959.999999999; f',
    )
  })

  test('of a link: where it leads, without the bytes that would end the fact', () => {
    const link: FileStatus = { ...file, type: 'link', mode: 0o120777, target: 'a b;c%\n/ö' }
    const selection = selectFacts('type;UNIX.mode;UNIX.slink;')
    expect(factLine({ name: 'l', status: link }, selection, users)).toBe(
      'type=OS.unix=slink;UNIX.mode=120777;UNIX.slink=a%20b%3Bc%25%0A/ö; l',
    )
  })

  test('stock five in stock order, in letters that stock clients look for', () => {
    expect(factLine({ name: 'a b', status: file }, stockFacts, users)).toMatch(
      /^size=20;modify=\d{14};type=file;perm=rw;UNIX\.mode=100644; a b$/,
    )
    expect(factLine({ name: 'd', status: directory }, stockFacts, users)).toMatch(
      /;type=dir;perm=lwe;UNIX\.mode=40755; d$/,
    )
    const nothing = { ...file, readable: false, writable: false }
    expect(factLine({ name: 'n', status: nothing }, stockFacts, users)).toContain(';perm=;')
  })

  test('negotiated ones are UTC with a fraction, and type comes before size', () => {
    const selection = selectFacts('UNIX.OWNER;size;modify;Type;unknown;UNIX.group;')
    expect(selectedFacts(selection)).toBe('type;size;modify;UNIX.owner;UNIX.group;')
    expect(factLine({ name: 'f', status: file }, selection, users)).toBe(
      'type=file;size=20;modify=20240229123456.123456;UNIX.owner=1000;UNIX.group=100; f',
    )
    expect(factsFeature(selectFacts('size'))).toBe(
      'size*;modify;type;perm;UNIX.mode;UNIX.owner;UNIX.group;create;' +
        'unique;UNIX.nlink;UNIX.uid;UNIX.gid;UNIX.atime;UNIX.ctime;UNIX.slink;',
    )
  })

  test('the birth time is left out where it is not known', () => {
    const selection = selectFacts('create;size')
    const born = { ...file, birthTimeNs: 1_709_210_000_000_000_001n }
    expect(factLine({ name: 'f', status: born }, selection, users)).toBe(
      'size=20;create=20240229123320.000000001; f',
    )
    expect(factLine({ name: 'f', status: file }, selection, users)).toBe('size=20; f')
  })
})

test('STAT lines have whole seconds, rounded down also before 1970', () => {
  expect(statLine({ name: 'f', status: file })).toBe('-rw- 20 1709210096000 f')
  const old = { ...directory, mtimeNs: -1n }
  expect(statLine({ name: ' d ', status: old })).toBe('drwx 20 -1000  d ')
})

function line(status: FileStatus): string {
  return listLine({ name: 'x y', status }, users, 1_709_300_000_000_000_000n)
}

describe('LIST lines', () => {
  test('show the time of recent files and the year of others', () => {
    expect(line(file)).toMatch(/^-rw-r--r-- {3}1 1000 100 20 (Feb|Mar) [ \d]\d \d\d:\d\d x y$/)
    expect(line({ ...file, mtimeNs: 0n })).toMatch(
      /^-rw-r--r-- .* (Jan {2}1 {2}1970|Dec 31 {2}1969) x y$/,
    )
    expect(line({ ...file, mtimeNs: 1_800_000_000_000_000_000n })).toMatch(/ {2}2027 x y$/)
  })

  test.each([
    [0o040755, 'drwxr-xr-x'],
    [0o104755, '-rwsr-xr-x'],
    [0o102644, '-rw-r-Sr--'],
    [0o041777, 'drwxrwxrwt'],
    [0o010600, 'prw-------'],
    [0o020666, 'crw-rw-rw-'],
  ])('mode %o is %s', (mode, letters) => {
    expect(line({ ...file, mode }).slice(0, 10)).toBe(letters)
  })
})

describe('error replies', () => {
  test.each([
    [new Refusal(534, 'Access denied'), "534 Error processing command 'X': Access denied"],
    [
      StorageError.of('ENOENT', '/b/x'),
      "550 Error processing command 'X': [Errno 2] No such file or directory: '/b/x'",
    ],
    [
      new StorageError('ENOTEMPTY', '/b/x', { dest: "/b/it's" }),
      `550 Error processing command 'X': [Errno 39] Directory not empty: '/b/x' -> "/b/it's"`,
    ],
    [
      new StorageError('EMULTIHOP', '/b/x'),
      "550 Error processing command 'X': [Errno 72] EMULTIHOP: '/b/x'",
    ],
    [new TypeError('/proc/self/fd/3'), "500 Error processing command 'X': Internal error"],
  ])('%s', (error, reply) => {
    expect(errorReply('X', error)).toBe(reply)
  })
})

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:0db8:0:0::0001', '2001:db8::1'],
  ['', ''],
])('the address %j is %j', (address, plain) => {
  expect(plainAddress(address)).toBe(plain)
})
