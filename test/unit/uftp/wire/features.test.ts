import { expect, test } from 'vitest'
import { parseFeatures } from '../../../../src/uftp/wire/features.ts'

test.each([
  [
    [' EPSV', ' MLST size*;Modify*;type;'],
    { extendedPassive: true, listingFacts: ['size', 'Modify', 'type'] },
  ],
  [[' MLST', ' PASV'], { extendedPassive: false, listingFacts: [] }],
  [[' mlst  Type*;Size*;', ' epsv'], { extendedPassive: true, listingFacts: ['Type', 'Size'] }],
  [[' MLSTX a;', ' EPSVX'], { extendedPassive: false, listingFacts: [] }],
  [[' MFF Modify;UNIX.mode;KEEP-ALIVE'], { settableFacts: new Set(['modify', 'unix.mode']) }],
  [[' MFF UNIX.uid;UNIX.atime;'], { settableFacts: new Set(['unix.uid', 'unix.atime']) }],
  [
    [' SITE CREATE', ' site copy', ' SITE CHMOD', ' SITE COPY2', ' XSITE ID'],
    { siteCommands: new Set(['CREATE', 'COPY']) },
  ],
  [[' PATH-ESCAPE'], { escapesPaths: true }],
  [[' PATH-ESCAPE-NOT'], { escapesPaths: false }],
  [[' REPLY-FACTS'], { tellsFacts: true }],
  [[' WHOLE-REPLIES'], { repliesWhole: true }],
])('%j', (lines, features) => {
  const nothing = {
    extendedPassive: false,
    listingFacts: [],
    settableFacts: new Set(),
    siteCommands: new Set(),
    escapesPaths: false,
    tellsFacts: false,
    repliesWhole: false,
  }
  expect(parseFeatures(lines)).toEqual({ ...nothing, ...features })
})
