import type { ControlChannel } from './control-channel.ts'
import { Refusal } from './refusal.ts'

const intervalMs = 30_000

/**
 * For commands that take long and end by 213: to be called between their steps. Begins the reply
 * from time to time, because clients must see that the server lives, and stops when nobody waits.
 */
export function signsOfLife(control: ControlChannel): () => Promise<void> {
  let toldMs = performance.now()
  return async () => {
    if (control.gone) throw new Refusal(426, 'Client has gone')
    if (performance.now() - toldMs <= intervalMs) return
    await control.reply('213-')
    toldMs = performance.now()
  }
}
