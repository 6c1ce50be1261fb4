/** Values of options as people write them. */

import { usageError } from './exit.ts'

/** Bytes: `64K`, `1M`, `2G` (of 1024), or a plain number. */
export function parseSize(name: string, text: string): number {
  const match = /^(\d+)([KMGT]?)(?:i?B)?$/i.exec(text)
  if (!match) throw usageError(`${name}=${text}: write a size such as 64K, 256M or 1G`)
  const exponent = ['', 'K', 'M', 'G', 'T'].indexOf(match[2]!.toUpperCase())
  const bytes = Number(match[1]) * 1024 ** exponent
  if (!Number.isSafeInteger(bytes)) throw usageError(`${name}=${text}: too large`)
  return bytes
}

/** What the kernel asks for in one read; it takes less than a page for one. */
export function parseMaxRead(name: string, text: string): number {
  const bytes = parseSize(name, text)
  if (bytes < 4096) throw usageError(`${name}=${text}: write 4K or more`)
  return bytes
}

/** Milliseconds: `1.5` (seconds), `500ms`, `30s`, `5m`, `1h`. */
export function parseDuration(name: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text)
  if (!match) throw usageError(`${name}=${text}: write a time such as 1, 0.5, 30s or 5m`)
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? 's']!
  return Math.round(Number(match[1]) * unitMs)
}

/** Permission bits, octal. */
export function parseMask(name: string, text: string): number {
  if (!/^[0-7]{1,4}$/.test(text))
    throw usageError(`${name}=${text}: write octal digits such as 022`)
  return Number.parseInt(text, 8)
}

export function parseChoice<T extends string>(
  name: string,
  text: string,
  choices: readonly T[],
): T {
  const choice = choices.find((value) => value === text)
  if (choice === undefined) throw usageError(`${name}=${text}: write ${choices.join(', ')}`)
  return choice
}

export function parseCount(name: string, text: string, least = 0, most = 2 ** 31): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most)) {
    throw usageError(`${name}=${text}: write a number from ${least} to ${most}`)
  }
  return value
}

/** A uid or gid; the largest one means "none" to chown(2). */
export function parseId(name: string, text: string): number {
  return parseCount(name, text, 0, 2 ** 32 - 2)
}

const timeoutMaxMs = 24 * 3_600_000

/** A duration of at least a second (anything may take that long) and at most a day. */
export function parseTimeout(name: string, text: string): number {
  const ms = parseDuration(name, text)
  if (ms < 1000 || ms > timeoutMaxMs) throw usageError(`${name}=${text}: write 1s to 24h`)
  return ms
}
