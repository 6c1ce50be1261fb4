/**
 * From here on a round trip costs more than the rest of a page (128 KiB take 1 ms at 1 Gbit/s, and
 * another read of it would as well have been in the cache), and one connection does not fill the
 * link: its window is a few MiB.
 */
const longMs = 2

/** Whether round trips are what costs. */
export function isLongLink(roundTripMs: number): boolean {
  return roundTripMs >= longMs
}
