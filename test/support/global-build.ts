/**
 * Builds dist/ before tests that start the real programs (bin/* loads dist/). Incremental, so that
 * an unchanged tree costs about a second. Type errors are the business of `npm run check`: here only
 * a build that wrote nothing is fatal.
 */

import { spawnSync } from 'node:child_process'
import { projectRoot } from './project.ts'

/** tsc's exit code for "errors, but the output was written". */
const outputsGenerated = 2

export function setup(): void {
  const result = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: projectRoot,
    encoding: 'utf8',
  })
  if (result.status !== 0 && result.status !== outputsGenerated) {
    throw new Error(`the build failed\n${result.stdout}${result.stderr}`)
  }
}
