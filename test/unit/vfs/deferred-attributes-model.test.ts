/**
 * Whatever is done to a new file through the handle that made it, it looks here and becomes there as
 * if everything had happened at once; and what could not be is told.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ErrnoError, isErrno } from '../../../src/support/errno-error.ts'
import type { AttributeChanges } from '../../../src/vfs/attributes.ts'
import { rootNodeid } from '../../../src/vfs/filesystem.ts'
import { MemoryRemote } from '../../support/vfs/memory-remote.ts'
import { caller, VfsSession } from '../../support/vfs/vfs-session.ts'

const mostBytes = 60
const plain = { noReplace: false, exchange: false }

const position = fc.nat(mostBytes)
const length = fc.integer({ min: 1, max: 9 })
const mode = fc.constantFrom(0o644, 0o600, 0o400, 0o444, 0o755, 0o4755)
const mtimeNs = fc.bigInt(-3n, 12n).map((number) => number * 250_000_000n * 10n ** 9n)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), position, length }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('chmod' as const), mode }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('utimens' as const), mtimeNs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('chown' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), size: position }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('list' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A local file, as far as it matters here. */
class Model {
  content = Buffer.alloc(0)
  mode = 0o644
  /** Undefined: that of the last write. */
  mtimeNs: bigint | undefined
  readonly #hasOwners: boolean

  /** Where there is no owner to be changed chown(2) does nothing. */
  constructor({ capabilities }: MemoryRemote) {
    this.#hasOwners = capabilities.has('owners')
  }

  apply(change: Step): void {
    if (change.kind === 'chmod') this.mode = change.mode
    if (change.kind === 'chown' && this.#hasOwners) this.mode &= 0o1777
    if (change.kind === 'utimens') this.mtimeNs = change.mtimeNs
    if (change.kind === 'write') {
      const end = change.position + change.length
      this.#resize(Math.max(this.content.length, end))
      this.content.fill('x', change.position, end)
    }
    if (change.kind === 'truncate') this.#resize(change.size)
    if (change.kind === 'write' || change.kind === 'truncate') this.mtimeNs = undefined
  }

  #resize(size: number): void {
    const resized = Buffer.alloc(size)
    this.content.copy(resized)
    this.content = resized
  }
}

class Program {
  readonly session: VfsSession
  #fh = 0
  #nodeid = 0
  #name = 'f'

  constructor(session: VfsSession) {
    this.session = session
  }

  get path(): string {
    return `/${this.#name}`
  }

  async start(): Promise<void> {
    this.#fh = await this.session.create(this.#name)
    this.#nodeid = (await this.session.existing(this.#name)).nodeid
  }

  async run(change: Step): Promise<void> {
    const { session } = this
    const { vfs } = session
    switch (change.kind) {
      case 'write':
        return session.write(this.#fh, change.position, 'x'.repeat(change.length))
      case 'chmod':
        return this.#set({ mode: change.mode })
      case 'utimens':
        return this.#set({ mtimeNs: change.mtimeNs })
      case 'chown':
        return this.#set({ uid: 1000, gid: 1000 })
      case 'truncate':
        return this.#set({ size: change.size })
      case 'flush':
        return session.flush(this.#fh)
      case 'reopen':
        // The mode forbids it to others only: root is who acts there.
        return this.#reopen()
      case 'rename': {
        const name = this.#name === 'f' ? 'g' : 'f'
        await vfs.rename(rootNodeid, this.#name, rootNodeid, name, plain, caller)
        this.#name = name
        return undefined
      }
      case 'list':
        await session.names()
        return undefined
      case 'expire':
        session.expireCaches()
        return undefined
    }
  }

  stat() {
    return this.session.existing(this.#name).then((entry) => entry.attributes)
  }

  async close(): Promise<void> {
    await this.session.close(this.#fh)
  }

  async #reopen(): Promise<void> {
    const fh = await this.session.open(this.#name, { access: 'read' }).catch((error: unknown) => {
      if (isErrno(error, 'EACCES')) return undefined
      throw error
    })
    if (fh !== undefined) await this.session.close(fh)
  }

  async #set(changes: AttributeChanges): Promise<void> {
    await this.session.vfs.setAttributes(this.#nodeid, changes, this.#fh, caller)
  }
}

async function start(remote: MemoryRemote): Promise<Program> {
  const program = new Program(await VfsSession.create({}, remote))
  await program.start()
  return program
}

test.each([
  ['a plain far side', () => MemoryRemote.plain()],
  ['a far side that can do everything', () => new MemoryRemote()],
])('on %s it is as if nothing had waited', async (_, makeRemote) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const remote = makeRemote()
      const program = await start(remote)
      const model = new Model(remote)
      for (const change of steps) {
        await program.run(change)
        model.apply(change)
        const shown = await program.stat()
        expect(shown).toMatchObject({ mode: model.mode, size: model.content.length })
        if (model.mtimeNs !== undefined) expect(shown.mtimeNs).toBe(model.mtimeNs)
      }
      await program.close()
      const { content, mode: stored, mtimeNs: time } = remote.get(program.path)
      expect(content.toString('latin1')).toBe(model.content.toString('latin1'))
      expect(stored).toBe(model.mode)
      expect(time).toBe(model.mtimeNs ?? time)
      const shown = await program.stat()
      program.session.expireCaches()
      expect(await program.stat()).toMatchObject({ mode: shown.mode, mtimeNs: shown.mtimeNs })
    }),
    { numRuns: 100 },
  )
})

test.each([
  ['a plain far side', () => MemoryRemote.plain()],
  ['a far side that can do everything', () => new MemoryRemote()],
])('on %s every refusal is told, and what was not refused is so', async (_, makeRemote) => {
  const refusals = fc.array(fc.boolean(), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), refusals, async (steps, refused) => {
      const remote = makeRemote()
      const program = await start(remote)
      let count = 0
      let hasRefused = false
      remote.before = (verb) => {
        if (verb !== 'write' && verb !== 'setAttributes') return
        if (!refused[count++]) return
        hasRefused = true
        throw new ErrnoError('EDQUOT', verb)
      }
      const model = new Model(remote)
      const told: unknown[] = []
      for (const change of steps) {
        await program.run(change).then(
          () => model.apply(change),
          (error: unknown) => told.push(error),
        )
      }
      await program.close().catch((error: unknown) => told.push(error))
      if (hasRefused) expect(told).not.toEqual([])
      else {
        expect(told).toEqual([])
        expect(remote.text(program.path)).toBe(model.content.toString('latin1'))
        expect(remote.get(program.path).mode).toBe(model.mode)
      }
      const { mode: stored, content, mtimeNs: time } = remote.get(program.path)
      const size = content.length
      expect(await program.stat()).toMatchObject({ mode: stored, size, mtimeNs: time })
    }),
    { numRuns: 100 },
  )
})
