import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { optionsMarkdown } from '../../../src/cli/help.ts'

const readme = new URL('../../../README.md', import.meta.url)

it('the README has the options of this version (update: vitest run -u)', async () => {
  const text = readFileSync(readme, 'utf8')
  const current = text.replace(
    /(<!-- options: .*? -->\n).*(<!-- end of options -->)/s,
    (_, begin: string, end: string) => `${begin}\n${optionsMarkdown()}\n${end}`,
  )
  await expect(current).toMatchFileSnapshot(readme.pathname)
})
