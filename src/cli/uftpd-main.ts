/** The program `uftpd`. */

import { Command } from 'commander'
import { bracketed } from '../server/addresses.ts'
import type { Address } from '../server/uftpd/bound-server.ts'
import { parseUftpdConfig } from '../server/uftpd/config.ts'
import { Uftpd } from '../server/uftpd/uftpd.ts'
import { createLogger } from './log.ts'
import { readConfigFile, runServer } from './server-process.ts'

const program = new Command('uftpd')
  .description('UFTP file server; run an Auth server (uftp-authserver) for sign-on')
  .option('-c, --config <file>', 'uftpd.conf (NAME=value lines); the environment overrides it')
  .showHelpAfterError()
  .parse()

const { config: file } = program.opts<{ config?: string }>()

await runServer(
  'uftpd',
  async () => {
    const config = parseUftpdConfig(readConfigFile(file), process.env)
    return Uftpd.start(config, createLogger({ level: config.verbose ? 'debug' : 'info' }))
  },
  (server) => ({
    'command-port': hostAndPort(server.commandAddress),
    'listen-port': hostAndPort(server.listenAddress),
  }),
)

function hostAndPort({ host, port }: Address): string {
  return `${bracketed(host)}:${port}`
}
