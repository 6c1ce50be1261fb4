import { randomInt } from 'node:crypto'

/** `UFTP_TEST_SEED` repeats a run; the seed of a failed one stands in its message. */
export function testSeed(env = process.env): number {
  const given = env['UFTP_TEST_SEED']
  return given === undefined ? randomInt(2 ** 31) : Number(given)
}
