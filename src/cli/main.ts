/** The program `uftp-mount`. Loads the rest only when no password is visible any more. */

import { hideArguments } from './visible-arguments.ts'

const typedArguments = process.argv.slice(2)
hideArguments(typedArguments)
const { run } = await import('./program.ts')
await run(typedArguments)
