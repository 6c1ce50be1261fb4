/** What our two server programs have in common: configuration file, addresses, clean end. */

import { readFileSync } from 'node:fs'
import { exitCodes } from './exit.ts'

/** Text of a configuration file; '' when none was named. Throws one line that names the file. */
export function readConfigFile(path: string | undefined): string {
  if (path === undefined) return ''
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`cannot read the configuration: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Starts a server, prints its addresses as `name: value` lines on stdout, and runs it until SIGTERM
 * or SIGINT. Ends the process: 0 after a clean end, 1 when it could not start (one line on stderr).
 */
export async function runServer<T extends AsyncDisposable>(
  program: string,
  start: () => Promise<T>,
  addresses: (server: T) => Readonly<Record<string, string>>,
): Promise<never> {
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  try {
    const server = await start()
    for (const [name, value] of Object.entries(addresses(server))) {
      process.stdout.write(`${name}: ${value}\n`)
    }
    await stopped
    await server[Symbol.asyncDispose]()
    process.exit(exitCodes.ok)
  } catch (error) {
    process.stderr.write(`${program}: ${(error as Error).message}\n`)
    process.exit(exitCodes.usage)
  }
}
