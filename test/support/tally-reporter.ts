/**
 * Ends a run with the plain line `N passed, N failed, N skipped`, names every skipped test with its
 * reason, and makes a skip an error in CI: a machine that checks changes must be able to run all.
 *
 * A reason that starts with `impossible:` is a property of the server under test, declared in the
 * test itself, and never an error.
 */

import type { Reporter, SerializedError, TestCase, TestModule, Vitest } from 'vitest/node'

const declaredImpossible = /^impossible: /

export class TallyReporter implements Reporter {
  /** Some tests were left out on the command line (`-t`): they are not skipped, but not asked for. */
  #selective = false

  onInit(vitest: Vitest): void {
    this.#selective = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const all = modules.flatMap((module) => [...module.children.allTests()])
    const tests = this.#selective ? all.filter((test) => !isUnasked(test)) : all
    const skipped = tests.filter((test) => test.result().state === 'skipped')
    for (const test of skipped) write(`skipped: ${test.fullName}: ${reasonOf(test)}`)

    const undeclared = skipped.filter((test) => !declaredImpossible.test(reasonOf(test)))
    if (process.env['CI'] && undeclared.length > 0) {
      write(`${undeclared.length} tests were skipped, which is an error in CI`)
      process.exitCode = 1
    }
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const brokenModules = modules.filter((module) => module.errors().length > 0).length
    const failed = tests.length - passed - skipped.length + brokenModules + errors.length
    write(`${passed} passed, ${failed} failed, ${skipped.length} skipped`)
  }
}

function isUnasked(test: TestCase): boolean {
  const result = test.result()
  return result.state === 'skipped' && result.note === undefined
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given'
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
