import { expect, test } from 'vitest'
import { parseFeatures } from '../../../../src/uftp/wire/features.ts'

test.each([
  [
    [' EPSV', ' MLST size*;Modify*;type;'],
    { extendedPassive: true, facts: ['size', 'Modify', 'type'] },
  ],
  [[' MLST', ' PASV'], { extendedPassive: false, facts: [] }],
  [[' mlst  Type*;Size*;', ' epsv'], { extendedPassive: true, facts: ['Type', 'Size'] }],
  [[' MLSTX a;', ' EPSVX'], { extendedPassive: false, facts: [] }],
  [[], { extendedPassive: false, facts: [] }],
])('%j', (lines, { extendedPassive, facts }) => {
  expect(parseFeatures(lines)).toEqual({ extendedPassive, listingFacts: facts })
})
