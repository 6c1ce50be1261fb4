import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory of package.json, from wherever this file runs (its source or a build of it). */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)))

/** How a program of bin/ is started, by the Node that runs the tests. */
export function programCommand(name: string): string[] {
  return [process.execPath, join(projectRoot, 'bin', name)]
}

function findRoot(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : findRoot(dirname(directory))
}
