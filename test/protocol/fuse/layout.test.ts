import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allStructs } from '../../support/fuse/all-structs.ts'

interface Layout {
  readonly size: number
  readonly offsets: Readonly<Record<string, number>>
}

/** What a C compiler says of <linux/fuse.h>; see layout.c beside it. */
const layouts = JSON.parse(
  readFileSync(new URL('../../fixtures/fuse/layout.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Layout>>

test.each(allStructs)('$name is laid out as in C', ({ name, size, offsets }) => {
  expect({ size, offsets }).toEqual(layouts[name])
})
