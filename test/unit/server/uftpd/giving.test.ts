import { expect, test } from 'vitest'
import { mayGive } from '../../../../src/server/uftpd/giving.ts'

const everybody = '         0          0 4294967295\n'
const status = (effective: string): string =>
  `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`
const everything = status('000001ffffffffff')

test.each([
  ['all of root', everything, everybody, everybody, true],
  ['what Docker leaves', status('00000000a80425fb'), everybody, everybody, true],
  ['just enough', status('0000000000000019'), everybody, everybody, true],
  ['no CAP_CHOWN', status('000001fffffffffe'), everybody, everybody, false],
  ['no CAP_FOWNER', status('000001fffffffff7'), everybody, everybody, false],
  ['no CAP_FSETID', status('000001ffffffffef'), everybody, everybody, false],
  ['nothing', status('0000000000000000'), everybody, everybody, false],
  ['a kernel that does not tell', 'Name:\tnode\n', everybody, everybody, false],
  ['a kernel without user namespaces', everything, undefined, undefined, true],
  ['a map in pieces', everything, '0 5 10\n10 100 4294967285\n', everybody, true],
  ['some users', everything, '0 100000 65536\n', everybody, false],
  ['some groups', everything, everybody, '0 1000 1\n1 100000 65536\n', false],
  ['nobody', everything, '', '', false],
] as const)('%s', (_name, rights, userMap, groupMap, expected) => {
  expect(mayGive({ status: rights, userMap, groupMap })).toBe(expected)
})
