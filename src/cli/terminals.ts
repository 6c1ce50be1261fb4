import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'

/**
 * When it ends Node sets the terminals among descriptors 0 to 2 as they were, and crashes where one
 * has vanished meanwhile, because its window was closed. What is closed by then it leaves alone.
 */
export function surviveVanishedTerminals(): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  process.once('exit', () => {
    for (const fd of terminals) if (!isatty(fd)) closeSync(fd)
  })
}
