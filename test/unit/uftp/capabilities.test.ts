import { expect, test } from 'vitest'
import { covers, stockAgreement, type Agreement } from '../../../src/uftp/agreement.ts'
import { capabilitiesOf } from '../../../src/uftp/capabilities.ts'

const owners = {
  facts: new Set(['unix.uid', 'unix.gid']),
  settableFacts: new Set(['unix.uid', 'unix.gid']),
}
const identity = { uid: 0, gid: 1 }
const times = { facts: new Set(['unix.atime']), settableFacts: new Set(['unix.atime', 'modify']) }
const links = new Set(['unix.slink', 'unix.nlink', 'unique'])

test.each<[string, Partial<Agreement>, readonly string[]]>([
  ['nothing', {}, []],
  ['facts', { facts: new Set(['create', 'unix.ctime']) }, ['birth-times', 'change-times']],
  ['owners without identity', owners, []],
  ['owners', { ...owners, identity }, ['owners']],
  ['a giver', { ...owners, identity, givesFiles: true }, ['giving', 'owners']],
  ['a giver without owners', { identity, givesFiles: true }, []],
  ['links that are only seen', { facts: links }, []],
  ['links', { facts: links, siteCommands: new Set(['SYMLINK', 'LINK']) }, ['links']],
  ['local times', times, []],
  ['times', { ...times, times: 'utc', facts: new Set(['unix.atime', 'modify']) }, ['access-times']],
  ['renaming', { siteCommands: new Set(['RENAME']) }, ['exchange', 'exclusive-rename']],
])('%s', (_, given, capabilities) => {
  expect([...capabilitiesOf({ ...stockAgreement, ...given })].toSorted()).toEqual(capabilities)
})

test.each<[Partial<Agreement>, boolean]>([
  [{}, true],
  [{ facts: new Set(['unique']), siteCommands: new Set(['ID', 'COPY']) }, true],
  [{ siteCommands: new Set(['COPY']) }, false],
  [{ settableFacts: new Set() }, false],
  [{ times: 'utc' }, false],
  [{ escapesPaths: true }, false],
  [{ identity }, false],
  [{ givesFiles: true }, true],
])('%j covers what was agreed on: %s', (given, expected) => {
  const agreed: Agreement = { ...stockAgreement, siteCommands: new Set(['ID']) }
  const other = { ...agreed, ...given }
  expect(covers(other, agreed)).toBe(expected)
})

test('what no longer gives files does not cover what did', () => {
  expect(covers(stockAgreement, { ...stockAgreement, givesFiles: true })).toBe(false)
})
