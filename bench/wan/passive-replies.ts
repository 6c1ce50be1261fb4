/**
 * The control connection of FTP on its way to the client: a reply that names a port for data (229,
 * 227) is changed to name a port of ours, which leads there.
 */

const extended = /^229 .*\(\|\|\|(\d+)\|\)/
const plain = /^227 .*?(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)/

/** Opens a port of ours that leads to the server's; resolves with its number. */
export type OpenPort = (serverPort: number) => Promise<number>

export class PassiveReplies {
  readonly #host: string
  readonly #openPort: OpenPort
  #rest = ''

  constructor(host: string, openPort: OpenPort) {
    this.#host = host
    this.#openPort = openPort
  }

  /** What of it may go on, changed; an unfinished line stays behind. */
  async translate(piece: Buffer): Promise<Buffer> {
    const lines = (this.#rest + piece.toString('latin1')).split('\n')
    this.#rest = lines.pop()!
    let text = ''
    for (const line of lines) text += `${await this.#translateLine(line)}\n`
    return Buffer.from(text, 'latin1')
  }

  /** What was left when the connection ended. */
  finish(): Buffer {
    return Buffer.from(this.#rest, 'latin1')
  }

  async #translateLine(line: string): Promise<string> {
    const port = extended.exec(line)?.[1]
    if (port !== undefined) {
      return line.replace(`|||${port}|`, `|||${await this.#openPort(Number(port))}|`)
    }
    const numbers = plain.exec(line)
    if (!numbers) return line
    const [high, low] = numbers.slice(5).map(Number)
    const ours = await this.#openPort(high! * 256 + low!)
    const named = numbers.slice(1).join(',')
    return line.replace(
      named,
      `${this.#host.replaceAll('.', ',')},${Math.floor(ours / 256)},${ours % 256}`,
    )
  }
}
