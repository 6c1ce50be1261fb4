/** Identity and permissions, links, times, limits. */

import { expect } from 'vitest'
import type { Operation } from '../support/posix/driver.ts'
import { asking, failed, once } from './example.ts'
import type { Example } from './example.ts'

const somebody: Operation = ['become', 65533, 65533]
const moment = 1_234_567_890_000_000_000
const fineMoment = moment + 123_456_768

export const files: readonly Example[] = [
  {
    name: "files of the server's user belong to the mounting user",
    options: asking,
    run: async ({ one, behind }) => {
      await behind.perform([['create', 'theirs']])
      await one.perform([['create', 'mine']])
      const owner = `${process.getuid?.()}:${process.getgid?.()}`
      expect(await once(one, 'lstat', 'theirs')).toMatchObject({ owner })
      expect(await once(one, 'lstat', 'mine')).toMatchObject({ owner })
    },
  },
  {
    name: 'uid and gid show one owner for all files',
    options: ['-o', 'uid=1234,gid=4321'],
    run: async ({ one }) => {
      await one.perform([['create', 'f']])
      expect(await once(one, 'lstat', 'f')).toMatchObject({ owner: '1234:4321' })
      expect(await once(one, 'chown', 'f', 1235, 4321)).toEqual(failed('EPERM'))
      expect(await once(one, 'chown', 'f', 1234, 4321)).toBe(null)
    },
  },
  {
    name: 'umask, fmask and dmask replace the modes that are shown',
    options: ['-o', 'fmask=137,dmask=027'],
    run: async ({ one, behind }) => {
      await one.perform([
        ['create', 'f', 'text', 0o600],
        ['mkdir', 'd', 0o700],
      ])
      expect(await once(one, 'lstat', 'f')).toMatchObject({ mode: '0o640' })
      expect(await once(one, 'lstat', 'd')).toMatchObject({ mode: '0o750' })
      expect(await once(behind, 'lstat', 'f')).toMatchObject({ mode: '0o600' })
    },
  },
  {
    name: 'with allow_other the kernel lets others do what modes allow',
    needsRoot: true,
    options: ['-o', 'allow_other'],
    run: async ({ one }) => {
      const results = await one.perform([
        ['create', 'public', 'text', 0o644],
        ['create', 'private', 'text', 0o600],
        somebody,
        ['content', 'public'],
        ['content', 'private'],
        ['create', 'new'],
      ])
      expect(results.slice(3)).toEqual(['text', failed('EACCES'), failed('EACCES')])
    },
  },
  {
    name: 'what others make belongs to them if the server may give files away',
    needsRoot: true,
    privileged: true,
    servers: ['ours'],
    options: ['-o', 'allow_other'],
    run: async ({ one, behind }) => {
      await one.perform([
        ['chmod', '.', 0o777],
        somebody,
        ['create', 'f'],
        ['mkdir', 'd'],
        ['symlink', 'f', 'l'],
      ])
      for (const name of ['f', 'd', 'l']) {
        expect(await once(one, 'lstat', name)).toMatchObject({ owner: '65533:65533' })
        expect(await once(behind, 'lstat', name)).toMatchObject({ owner: '65533:65533' })
      }
    },
  },
  {
    name: "what others make belongs to the server's user if it may not",
    needsRoot: true,
    options: ['-o', 'allow_other'],
    run: async ({ one }) => {
      await one.perform([
        ['chmod', '.', 0o777],
        somebody,
        ['create', 'f', '', 0o666],
        ['mkdir', 'd'],
      ])
      expect(await once(one, 'lstat', 'f')).toMatchObject({ owner: '0:0' })
      expect(await once(one, 'lstat', 'd')).toMatchObject({ owner: '0:0' })
    },
  },
  {
    name: 'giving a file away is EPERM if the server may not',
    options: asking,
    run: async ({ one }) => {
      await one.perform([['create', 'f']])
      expect(await once(one, 'chown', 'f', 65533, -1)).toEqual(failed('EPERM'))
      expect(await once(one, 'chown', 'f', -1, -1)).toBe(null)
    },
  },
  {
    name: 'hard links are names of one file',
    servers: ['ours'],
    options: asking,
    run: async ({ one, behind }) => {
      await one.perform([
        ['create', 'a', 'text'],
        ['link', 'a', 'b'],
        ['chmod', 'b', 0o600],
      ])
      expect(await once(one, 'lstat', 'a')).toMatchObject({ nlink: 2, mode: '0o600' })
      expect(await once(one, 'same_file', 'a', 'b')).toBe(true)
      expect(await once(behind, 'same_file', 'a', 'b')).toBe(true)
    },
  },
  {
    name: 'symbolic links are what they are, also dangling',
    servers: ['ours'],
    options: asking,
    run: async ({ one, behind }) => {
      await behind.perform([['symlink', 'nowhere', 'made-there']])
      await one.perform([['symlink', '/etc/hostname', 'made-here']])
      expect(await once(one, 'readlink', 'made-there')).toBe('nowhere')
      expect(await once(behind, 'readlink', 'made-here')).toBe('/etc/hostname')
      expect(await once(one, 'listdir', '.')).toEqual(['made-here', 'made-there'])
    },
  },
  {
    name: 'stock servers show links as what they lead to, and make none',
    servers: ['external'],
    options: asking,
    run: async ({ one, behind }) => {
      await behind.perform([
        ['create', 'f', 'text'],
        ['symlink', 'f', 'l'],
      ])
      expect(await once(one, 'lstat', 'l')).toMatchObject({ type: '-', size: 4 })
      expect(await once(one, 'symlink', 'f', 'm')).toEqual(failed('EPERM'))
      expect(await once(one, 'link', 'f', 'm')).toEqual(failed('EPERM'))
      expect(await once(one, 'mknod', 'm', 'p')).toEqual(failed('EPERM'))
    },
  },
  {
    name: 'times are kept to the nanosecond',
    servers: ['ours'],
    options: asking,
    run: async ({ one, two }) => {
      await one.perform([
        ['create', 'f'],
        ['utime', 'f', moment, fineMoment],
      ])
      const seen = await once(one, 'lstat', 'f')
      expect(seen).toMatchObject({ mtime: fineMoment })
      expect(await once(two, 'lstat', 'f')).toEqual(seen)
    },
  },
  {
    name: 'a time that was set stays when a written file is closed',
    options: asking,
    run: async ({ one, behind }) => {
      await one.perform([
        ['open', 0, 'f', 'O_RDWR|O_CREAT'],
        ['write', 0, 'text'],
        ['utime', 'f', moment, moment],
        ['close', 0],
      ])
      expect(await once(behind, 'lstat', 'f')).toMatchObject({ mtime: moment, size: 4 })
    },
  },
  {
    name: 'mode and time of a file that is being written are seen at once, and by others when it is closed',
    options: asking,
    run: async ({ one, behind }) => {
      await one.perform([
        ['open', 0, 'f', 'O_RDWR|O_CREAT'],
        ['write', 0, 'text'],
        ['utime', 'f', moment, moment],
        ['chmod', 'f', 0o440],
      ])
      const set = { mode: '0o440', mtime: moment, size: 4 }
      expect(await once(one, 'lstat', 'f')).toMatchObject(set)
      await one.perform([['close', 0]])
      expect(await once(behind, 'lstat', 'f')).toMatchObject(set)
    },
  },
  {
    name: 'a removed file lives on while it is open',
    options: asking,
    run: async ({ one }) => {
      const results = await one.perform([
        ['open', 0, 'f', 'O_RDWR|O_CREAT'],
        ['write', 0, 'text'],
        ['unlink', 'f'],
        ['pread', 0, 100, 0],
        ['listdir', '.'],
      ])
      expect(results.slice(3)).toEqual(['text', []])
    },
  },
  {
    name: 'names are of 255 bytes at most',
    options: asking,
    run: async ({ one }) => {
      expect(await once(one, 'create', 'n'.repeat(255))).toBe(null)
      expect(await once(one, 'create', 'n'.repeat(256))).toEqual(failed('ENAMETOOLONG'))
    },
  },
  {
    name: 'device nodes cannot be made',
    options: asking,
    run: async ({ one }) => {
      expect(await once(one, 'mknod', 'null', 'c')).toEqual(failed('EPERM'))
    },
  },
]
