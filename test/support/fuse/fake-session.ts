import { Session } from '../../../src/fuse/kernel/session.ts'
import type { AnyStruct, CodecValue } from '../../../src/fuse/kernel/struct.ts'
import { frameOf } from '../../../src/fuse/kernel/frame.ts'
import { errnoNumber, type ErrnoName } from '../../../src/support/errno.ts'
import { silentLogger } from '../../../src/support/logger.ts'
import type { LogFields, Logger } from '../../../src/support/logger.ts'
import type { Filesystem } from '../../../src/vfs/filesystem.ts'
import { FakeKernel, type FakeReply } from './fake-kernel.ts'

/** A session that serves `filesystem` to a fake kernel; INIT is done. */
export class FakeSession implements AsyncDisposable {
  readonly kernel = new FakeKernel()
  /** Messages of level error. */
  readonly errors: string[] = []
  readonly session: Session
  readonly ended: Promise<void>

  constructor(filesystem: Filesystem, { debug }: { debug?: string[] } = {}) {
    const log: Logger = {
      ...silentLogger,
      error: (message: string, fields?: LogFields) => {
        this.errors.push(`${message} ${JSON.stringify(fields)}`)
      },
      debug: (message: string) => void debug?.push(message),
      enabled: (level) => level === 'debug' && debug !== undefined,
    }
    const options = { readers: 2, maxReadAheadBytes: 2 ** 20 }
    this.session = new Session(this.kernel, filesystem, options, log)
    this.ended = this.session.run()
  }

  static async start(filesystem: Filesystem): Promise<FakeSession> {
    const served = new FakeSession(filesystem)
    const init = { major: 7, minor: 45, max_readahead: 131072, flags: 0x73fffffb }
    await served.kernel.request('INIT', init, 0).reply
    await served.session.negotiated
    return served
  }

  /** Unmounts. Throws unless every request was answered, and once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kernel.unmount()
    await this.ended
    const { due, unexpectedReplies, closed } = this.kernel
    if (due.length > 0) throw new Error(`not answered: ${due.join()}`)
    if (unexpectedReplies.length > 0) throw new Error(`answered twice: ${unexpectedReplies.join()}`)
    if (!closed) throw new Error('the device was not closed')
  }
}

/** The struct of a reply that must be a success. */
export async function bodyOf<C extends AnyStruct>(
  codec: C,
  reply: Promise<FakeReply>,
): Promise<CodecValue<C>> {
  const { errno, body } = await reply
  if (errno !== 0 || body.length !== codec.size) {
    throw new Error(`${codec.name} expected, but errno ${errno} and ${body.length} bytes came`)
  }
  return codec.decode(frameOf(Buffer.from(body)).view, 0) as CodecValue<C>
}

/** A reply that is an error. */
export function failure(name: ErrnoName): FakeReply {
  return { errno: errnoNumber(name), body: Buffer.alloc(0) }
}
