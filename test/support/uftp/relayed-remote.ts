/**
 * A client of our uftpd behind a relay: what it sends can be counted and cut, what the server offers
 * can be hidden.
 */

import type { UftpRemote, UftpRemoteOptions } from '../../../src/uftp/remote.ts'
import { CuttingProxy, withoutFeatures } from './cutting-proxy.ts'
import { OwnUftpd } from './remote-server.ts'

export class RelayedRemote implements AsyncDisposable {
  readonly server: OwnUftpd
  readonly proxy: CuttingProxy
  readonly #packets: string[] = []

  static async start(): Promise<RelayedRemote> {
    const server = await OwnUftpd.start()
    return new RelayedRemote(server, await CuttingProxy.start(await server.ticket()))
  }

  private constructor(server: OwnUftpd, proxy: CuttingProxy) {
    this.server = server
    this.proxy = proxy
    proxy.onClientData = (text) => {
      this.#note(text)
      return true
    }
  }

  connect(options: Partial<UftpRemoteOptions> = {}): Promise<UftpRemote> {
    return this.server.connect({
      signOn: async () => ({
        ...(await this.server.ticket()),
        host: '127.0.0.1',
        port: this.proxy.port,
      }),
      timeoutMs: 20_000,
      ...options,
    })
  }

  /** What was sent meanwhile, without the empty lines. A packet never holds what waits for another. */
  async packetsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
    this.#packets.length = 0
    await work()
    return [...this.#packets]
  }

  /** Makes FEAT leave out the lines that match. */
  hide(feature: RegExp): void {
    this.proxy.onServerData = (text) => withoutFeatures(text, feature)
  }

  /** Cuts all connections once, when the reply to what matches has come. Tells whether it did. */
  loseReplyTo(pattern: RegExp): () => boolean {
    const { proxy } = this
    const { onServerData } = proxy
    let state: 'armed' | 'sent' | 'lost' = 'armed'
    proxy.onClientData = (text) => {
      if (state === 'armed' && pattern.test(text)) state = 'sent'
      return true
    }
    proxy.onServerData = (text) => {
      if (state !== 'sent') return onServerData(text)
      state = 'lost'
      proxy.cut()
      return ''
    }
    return () => state === 'lost'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    await this.proxy[Symbol.asyncDispose]()
  }

  #note(text: string): void {
    const lines = text.split('\r\n').filter((line) => line !== '')
    if (lines.length > 0) this.#packets.push(lines.join('\n'))
  }
}
