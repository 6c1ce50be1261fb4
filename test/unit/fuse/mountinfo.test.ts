import { expect, test } from 'vitest'
import { parseMountinfo } from '../../../src/fuse/mountinfo.ts'

test('mounts with optional fields, blanks in names, and none of it', () => {
  const table = [
    '36 35 98:0 / / rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue',
    String.raw`42 27 0:39 / /mnt/a\040b\134c rw,relatime - fuse.uftp https://host:1/x:/y rw,user_id=1000,group_id=0`,
    '',
  ].join('\n')
  expect(parseMountinfo(table)).toEqual([
    {
      mountpoint: '/',
      type: 'ext3',
      device: '98:0',
      userId: undefined,
      options: ['rw', 'noatime', 'rw', 'errors=continue'],
    },
    {
      mountpoint: '/mnt/a b\\c',
      type: 'fuse.uftp',
      device: '0:39',
      userId: 1000,
      options: ['rw', 'relatime', 'rw', 'user_id=1000', 'group_id=0'],
    },
  ])
})
