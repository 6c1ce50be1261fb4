/** What docs/SEMANTICS.md promises: a test for each of its examples, of the same name. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireRoot } from '../support/mount/requirements.ts'
import type { ServerName } from '../support/mount/scenario.ts'
import { useScratch } from '../support/mount/scratch-fixture.ts'
import { availableServers } from '../support/mount/servers.ts'
import { projectRoot } from '../support/project.ts'
import type { Example } from './example.ts'
import { ExampleMounts } from './example-mounts.ts'
import { files } from './files.ts'
import { sharing } from './sharing.ts'

const examples = [...sharing, ...files]
const scratch = useScratch()

test('every example of the document has a test of its name, and every test an example', () => {
  const document = readFileSync(join(projectRoot, 'docs/SEMANTICS.md'), 'utf8')
  const told = [...document.matchAll(/^> Example: (.*)\.$/gm)].map((match) => match[1])
  expect(new Set(told)).toEqual(new Set(examples.map(({ name }) => name)))
})

/** What server and mounts an example needs. */
const settings = ({ options = [], privileged = false }: Example): string =>
  [...options, ...(privileged ? ['privileged'] : [])].join(' ')

/** Examples that share a server and mounts are run one after the other. */
describe.for(availableServers())('%s server', (serverName) => {
  const possible = examples.filter(({ servers }) => servers?.includes(serverName) ?? true)
  describe.for([...new Set(possible.map(settings))])('%s', (shared) => {
    const group = possible.filter((example) => settings(example) === shared)
    const mounts = useMounts(serverName, group[0]!)
    // Each example makes its own assertions.
    // oxlint-disable-next-line vitest/expect-expect
    test.for(group)('$name', async (example, context) => {
      if (example.needsRoot) requireRoot(context, 'it becomes another user')
      await example.run(await mounts().place())
    })
  })
})

function useMounts(serverName: ServerName, like: Example): () => ExampleMounts {
  let mounts: ExampleMounts
  beforeAll(async () => {
    mounts = await ExampleMounts.start(serverName, scratch(), like)
  })
  afterAll(async () => {
    await using ended = mounts
    const problems = await ended.end()
    const unexpected = problems.filter(
      (line) => !examples.some(({ expectedLog }) => expectedLog?.test(line)),
    )
    if (unexpected.length > 0) throw new Error(unexpected.join('\n'))
  })
  return () => mounts
}
