/** What a timer of Node can wait: 25 days. */
const timerMaxMs = 2 ** 31 - 1

/** Calls when so much time has passed, or the longest that a timer can wait; no reason to stay alive. */
export function backgroundTimer(ms: number, call: () => void): NodeJS.Timeout {
  return setTimeout(call, Math.min(ms, timerMaxMs)).unref()
}
