import fc from 'fast-check'
import { expect, test } from 'vitest'
import { negotiate } from '../../../../src/fuse/kernel/negotiation.ts'

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

const someOffer = fc.record({
  major: fc.constantFrom(7, 8, 99),
  minor: fc.integer({ min: 23, max: 200 }),
  max_readahead: word,
  flags: word,
  flags2: word,
})

test('whatever is offered, no more than that is agreed on', () => {
  fc.assert(
    fc.property(someOffer, fc.maxSafeNat(), (offer, maxReadAheadBytes) => {
      const agreement = negotiate(offer, maxReadAheadBytes)
      expect(agreement.major).toBe(7)
      if (offer.major === 7) expect(agreement.minor).toBeLessThanOrEqual(offer.minor)
      expect(agreement.flags & ~offer.flags).toBe(0)
      expect(agreement.flags2 & ~offer.flags2).toBe(0)
      expect(agreement.max_readahead).toBeLessThanOrEqual(offer.max_readahead)
      expect(agreement.max_readahead).toBeLessThanOrEqual(maxReadAheadBytes)
      expect(agreement.max_write).toBe(agreement.max_pages * 4096)
    }),
  )
})
