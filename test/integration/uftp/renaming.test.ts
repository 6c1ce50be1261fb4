/** Renaming without replacing and exchanging, with and without the server's help. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { UftpRemote } from '../../../src/uftp/remote.ts'
import { RemoteServer } from '../../support/uftp/remote-server.ts'

let server: RemoteServer
let remote: UftpRemote

beforeAll(async () => {
  server = await RemoteServer.start()
  remote = await server.connect()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

function content(name: string): string {
  return readFileSync(server.path(name), 'utf8')
}

describe('without replacing', () => {
  test('moves to a free name', async () => {
    writeFileSync(server.path('a'), 'a')
    await remote.rename('/a', '/free', 'exclusive')
    expect(content('free')).toBe('a')
    expect(existsSync(server.path('a'))).toBe(false)
  })

  test('refuses a taken name, and what is missing', async () => {
    writeFileSync(server.path('b'), 'b')
    writeFileSync(server.path('taken'), 'taken')
    const over = remote.rename('/b', '/taken', 'exclusive')
    await expect(over).rejects.toMatchObject({ code: 'EEXIST' })
    expect([content('b'), content('taken')]).toEqual(['b', 'taken'])
    const missing = remote.rename('/missing', '/x', 'exclusive')
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('is won by one of many', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `racer ${index}`)
    for (const name of names) writeFileSync(server.path(name), name)
    const results = await Promise.allSettled(
      names.map((name) => remote.rename(`/${name}`, '/goal', 'exclusive')),
    )
    const winners = names.filter((_, index) => results[index]!.status === 'fulfilled')
    const atomic = remote.capabilities.has('exclusive-rename')
    expect(winners.length).toBeGreaterThanOrEqual(1)
    expect(atomic ? winners.length : 1).toBe(1)
    expect(winners).toContain(content('goal'))
  })
})

describe('an exchange', () => {
  test('swaps two files or is refused', async () => {
    writeFileSync(server.path('left'), 'l')
    writeFileSync(server.path('right'), 'r')
    const exchange = remote.rename('/left', '/right', 'exchange')
    if (remote.capabilities.has('exchange')) {
      await exchange
      expect([content('left'), content('right')]).toEqual(['r', 'l'])
      const missing = remote.rename('/left', '/nothing', 'exchange')
      await expect(missing).rejects.toMatchObject({ code: 'ENOENT' })
    } else {
      await expect(exchange).rejects.toMatchObject({ code: 'EINVAL' })
      expect([content('left'), content('right')]).toEqual(['l', 'r'])
    }
  })
})
