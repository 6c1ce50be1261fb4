/**
 * The import statements of TypeScript sources: `import … from`, `export … from`, bare `import '…'`
 * and `import('…')`. Comments are taken out first; the sources are known to be well formed, because
 * the type checker reads them too.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export interface SourceFile {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly SourceImport[]
}

export interface SourceImport {
  /** As written: `node:fs`, `lru-cache`, `./inode.ts`. */
  readonly specifier: string
  readonly typeOnly: boolean
}

export function readSources(project: string, directory: string): SourceFile[] {
  return readdirSync(join(project, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => {
      const path = join(directory, name)
      const text = readFileSync(join(project, path), 'utf8')
      return { path, text, imports: findImports(text) }
    })
}

/** The project path that a relative specifier means; undefined for packages. */
export function importedPath(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : undefined
}

/** `lru-cache` of `lru-cache/x`, `@scope/name` of `@scope/name/x`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

export function findImports(text: string): SourceImport[] {
  const code = withoutComments(text)
  const withClause = [...code.matchAll(from)].map(([, clause = '', specifier = '']) => ({
    specifier,
    typeOnly: isTypeOnly(clause.trim()),
  }))
  const whole = [...code.matchAll(bare), ...code.matchAll(dynamic)].map(([, specifier = '']) => ({
    specifier,
    typeOnly: false,
  }))
  return [...withClause, ...whole]
}

/** `type X`, or braces in which every name is a type. */
function isTypeOnly(clause: string): boolean {
  if (/^type\b/.test(clause)) return true
  const names = /^\{([^}]*)\}$/
    .exec(clause)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '')
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name))
}

const from = /^\s*(?:import|export)\b([\w$*{},\s]*?)\bfrom\s*['"]([^'"\n]+)['"]/gm
const bare = /^\s*import\s*['"]([^'"\n]+)['"]/gm
const dynamic = /\bimport\s*\(\s*['"]([^'"\n]+)['"]\s*\)/g

function withoutComments(text: string): string {
  return text.replaceAll(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, literal: string | undefined) => literal ?? ' ',
  )
}
