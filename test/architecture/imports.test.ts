/** Who may import whom, and other rules of the tree that no linter knows. */

import { describe, expect, test } from 'vitest'
import { projectRoot } from '../support/project.ts'
import { findImports, importedPath, packageName, readSources } from '../support/source-imports.ts'
import type { SourceFile } from '../support/source-imports.ts'

interface Area {
  /** Areas it may import besides itself. */
  readonly areas: readonly string[]
  readonly packages: readonly string[]
}

/**
 * A file belongs to the longest entry that it lies below; an entry does not include those below it.
 */
const areas: Readonly<Record<string, Area>> = {
  'src/support': { areas: [], packages: [] },
  'src/vfs': { areas: ['src/support'], packages: ['lru-cache'] },
  'src/fuse': { areas: ['src/vfs', 'src/support'], packages: [] },
  'src/fuse/kernel': { areas: ['src/fuse', 'src/vfs', 'src/support'], packages: ['koffi'] },
  'src/fuse/native': { areas: ['src/fuse', 'src/vfs', 'src/support'], packages: ['fuse-native'] },
  'src/uftp/wire': { areas: ['src/support'], packages: [] },
  'src/uftp/auth': { areas: ['src/uftp', 'src/support'], packages: [] },
  'src/uftp': { areas: ['src/uftp/wire', 'src/uftp/auth', 'src/support'], packages: [] },
  'src/server': {
    areas: ['src/uftp/wire', 'src/support'],
    packages: ['hono', '@hono/node-server', 'valibot', 'selfsigned', 'koffi'],
  },
  'src/cli': {
    areas: [
      'src/support',
      'src/vfs',
      'src/fuse',
      'src/fuse/kernel',
      'src/fuse/native',
      'src/uftp',
      'src/uftp/auth',
      'src/uftp/wire',
      'src/server',
    ],
    packages: ['commander', 'pino', 'pino-pretty', 'read'],
  },
}

/** The adapter names the port it implements; nothing of the core runs in it. */
const typesOfThePort = {
  importer: 'src/uftp/remote.ts',
  imported: ['src/vfs/remote.ts', 'src/vfs/attributes.ts'],
}

const sources = readSources(projectRoot, 'src')

describe('source files', () => {
  test('import only what their area may', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([])
  })

  test('do not import each other in circles', () => {
    expect(findCycles(sources)).toEqual([])
  })

  test('are no barrels', () => {
    expect(pathsWhere((source) => /(^|\/)index\.ts$/.test(source.path))).toEqual([])
  })

  test('leave the console to the logger', () => {
    expect(pathsWhere((source) => /\bconsole\s*\./.test(source.text))).toEqual([])
  })

  test('end the process only in src/cli', () => {
    const exits = pathsWhere((source) =>
      /\bprocess\s*\.\s*(exit|abort|reallyExit)\b/.test(source.text),
    )
    expect(exits.filter((path) => !path.startsWith('src/cli/'))).toEqual([])
  })

  test('read arguments and environment only in src/cli', () => {
    const readers = pathsWhere((source) => /\bprocess\s*\.\s*(argv|env)\b/.test(source.text))
    expect(readers.filter((path) => !path.startsWith('src/cli/'))).toEqual([])
  })
})

describe('the rules themselves', () => {
  test.each([
    ['src/vfs/a.ts', `import { b } from '../fuse/b.ts'`],
    ['src/vfs/a.ts', `import type { B } from '../uftp/b.ts'`],
    ['src/vfs/a.ts', `import {\n  b,\n  c\n} from '../cli/b.ts'`],
    ['src/vfs/a.ts', `export * from 'commander'`],
    ['src/uftp/a.ts', `export { b } from '../server/b.ts'`],
    ['src/uftp/a.ts', `import type { Remote } from '../vfs/remote.ts'`],
    ['src/uftp/remote.ts', `import { x, type Remote } from '../vfs/remote.ts'`],
    ['src/server/uftpd/a.ts', `const b = await import('../../vfs/b.ts')`],
    ['src/server/uftpd/a.ts', `import '../../uftp/session.ts'`],
    ['src/fuse/kernel/a.ts', `import fuse from 'fuse-native'`],
    ['src/fuse/kernel/a.ts', `import { b } from '../native/b.ts'`],
    ['src/support/a.ts', `import { readFileSync } from 'fs'`],
    ['src/cli/a.ts', `import { b } from '../../test/support/b.ts'`],
    ['src/new/a.ts', `import { b } from '../support/b.ts'`],
  ])('%s: %s is refused', (path, text) => {
    expect(forbiddenImports(file(path, text))).toHaveLength(1)
  })

  test.each([
    ['src/uftp/remote.ts', `import type { Remote } from '../vfs/remote.ts'`],
    ['src/uftp/remote.ts', `import { type Remote } from '../vfs/remote.ts'`],
    ['src/vfs/a.ts', `import { b } from './b.ts'\nimport { LRUCache } from 'lru-cache'`],
    ['src/vfs/a.ts', `// import { b } from '../fuse/b.ts'\n/* import '../cli/x.ts' */`],
    ['src/server/auth/a.ts', `import { facts } from '../../uftp/wire/facts.ts'`],
    ['src/server/auth/a.ts', `import { serve } from '@hono/node-server'`],
    ['src/support/a.ts', `import { readFile } from 'node:fs/promises'`],
  ])('%s: %s is allowed', (path, text) => {
    expect(forbiddenImports(file(path, text))).toEqual([])
  })

  test('a circle is found', () => {
    const circle = [
      file('src/vfs/a.ts', `import { b } from './b.ts'`),
      file('src/vfs/b.ts', `import type { c } from './c.ts'`),
      file('src/vfs/c.ts', `export { a } from './a.ts'`),
    ]
    expect(findCycles(circle)).toEqual([])
    circle[1] = file('src/vfs/b.ts', `import { c } from './c.ts'`)
    expect(findCycles(circle)).toEqual([
      'src/vfs/a.ts → src/vfs/b.ts → src/vfs/c.ts → src/vfs/a.ts',
    ])
  })
})

function file(path: string, text: string): SourceFile {
  return { path, text, imports: findImports(text) }
}

function pathsWhere(predicate: (source: SourceFile) => boolean): string[] {
  return sources.filter(predicate).map(({ path }) => path)
}

function areaOf(path: string): string | undefined {
  return Object.keys(areas)
    .filter((area) => path.startsWith(`${area}/`))
    .toSorted((a, b) => b.length - a.length)[0]
}

function forbiddenImports({ path, imports }: SourceFile): string[] {
  const area = areaOf(path)
  if (area === undefined) return [`${path} lies in no known area`]
  const allowed = areas[area]!
  return imports
    .filter(({ specifier, typeOnly }) => {
      const imported = importedPath(path, specifier)
      if (imported === undefined) {
        return !specifier.startsWith('node:') && !allowed.packages.includes(packageName(specifier))
      }
      if (path === typesOfThePort.importer && typesOfThePort.imported.includes(imported)) {
        return !typeOnly
      }
      const importedArea = areaOf(imported)
      return importedArea === undefined || ![area, ...allowed.areas].includes(importedArea)
    })
    .map(({ specifier }) => `${path} imports ${specifier}`)
}

/** Circles of imports that exist at run time; each is told once. */
function findCycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map(({ path, imports }) => [
      path,
      imports
        .filter(({ typeOnly }) => !typeOnly)
        .flatMap(({ specifier }) => importedPath(path, specifier) ?? []),
    ]),
  )
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return cycles
}
