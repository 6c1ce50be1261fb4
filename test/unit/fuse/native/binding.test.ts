import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { loadBinding } from '../../../../src/fuse/native/binding.ts'

const require = createRequire(import.meta.url)

describe('a binding that is', () => {
  test('not installed is one clear line', () => {
    const load = ((name: string) => require(`./${name}`)) as NodeJS.Require
    expect(() => loadBinding(load)).toThrow(/^the native backend needs .* cannot be loaded: /)
    const absent = (() => {
      throw Object.assign(new Error("Cannot find module 'fuse-native'\nRequire stack:\n- x"), {
        code: 'MODULE_NOT_FOUND',
      })
    }) as unknown as NodeJS.Require
    expect(() => loadBinding(absent)).toThrow(
      /^the native backend needs the package fuse-native, but it is not installed \(.*\)$/,
    )
  })

  test('broken is one clear line', () => {
    const broken = (() => {
      throw new Error('libfuse3.so.3: cannot open shared object file\nmore')
    }) as unknown as NodeJS.Require
    expect(() => loadBinding(broken)).toThrow(/libfuse3\.so\.3: cannot open shared object file \(/)
  })
})
