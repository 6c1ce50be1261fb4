import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BoundedLogFile } from '../../../src/cli/log-file.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'uftp-log-'))
  path = join(directory, 'log')
})

afterEach(() => rmSync(directory, { recursive: true }))

describe('BoundedLogFile', () => {
  it('is for its owner only', () => {
    new BoundedLogFile(path).write('line\n')
    expect(readFileSync(path, 'utf8')).toBe('line\n')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('moves a full file aside and goes on in a new one', () => {
    writeFileSync(path, Buffer.alloc(10 * 2 ** 20, '.'))
    new BoundedLogFile(path).write('line\n')
    expect(readFileSync(path, 'utf8')).toBe('line\n')
    expect(statSync(`${path}.1`).size).toBe(10 * 2 ** 20)
  })

  it('drops lines, and nothing else, when the full file cannot be moved', () => {
    writeFileSync(path, Buffer.alloc(10 * 2 ** 20, '.'))
    mkdirSync(join(`${path}.1`, 'in the way'), { recursive: true })
    const log = new BoundedLogFile(path)
    log.write('lost\n')
    log.write('lost as well\n')
    expect(statSync(path).size).toBe(10 * 2 ** 20)
    expect(log.destroyed).toBe(false)
  })
})
