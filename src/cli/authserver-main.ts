/** The program `uftp-authserver`. */

import { Command } from 'commander'
import { AuthServer } from '../server/auth/auth-server.ts'
import { parseAuthServerConfig } from '../server/auth/parse-config.ts'
import { createLogger } from './log.ts'
import { readConfigFile, runServer } from './server-process.ts'

const program = new Command('uftp-authserver')
  .description('Auth server for UFTP: HTTPS sign-on that opens sessions at uftpd')
  .requiredOption('-c, --config <file>', 'container.properties')
  .option('-v, --verbose', 'log details')
  .showHelpAfterError()
  .parse()

const { config: file, verbose } = program.opts<{ config: string; verbose?: true }>()

await runServer(
  'uftp-authserver',
  async () => {
    const config = parseAuthServerConfig(readConfigFile(file))
    return AuthServer.start(config, createLogger({ level: verbose ? 'debug' : 'info' }))
  },
  (server) => ({ 'auth-url': server.url }),
)
