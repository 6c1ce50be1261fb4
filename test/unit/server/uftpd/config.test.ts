import { describe, expect, test } from 'vitest'
import { defaultUftpdConfig, parseUftpdConfig } from '../../../../src/server/uftpd/config.ts'

describe('uftpd.conf', () => {
  test('nothing said means the defaults', () => {
    expect(parseUftpdConfig('', {})).toEqual(defaultUftpdConfig)
  })

  test('the template of UFTPD is read, the environment overrides it', () => {
    const template = [
      '# comment',
      '',
      'export SETPRIV="/usr/bin/setpriv"',
      'export LOG_VERBOSE=false',
      'export SERVER_HOST=localhost   # where clients go',
      'export SERVER_PORT=64434',
      'export ADVERTISE_HOST=public.interface',
      "export CMD_HOST='*'",
      'export CMD_PORT=0',
      'export MAX_CONNECTIONS=8',
      'export PORT_RANGE=64500:64999',
      'export DISABLE_IP_CHECK="true"',
      'export UFTP_KEYFILES=.ssh/authorized_keys:.uftp/authorized_keys',
      'export UFTP_NO_WRITE=.ssh/authorized_keys:.profile',
      'DATA=/srv',
      'EXPORT_ROOT="$DATA/${NAME}/x"',
    ].join('\n')
    expect(parseUftpdConfig(template, { SERVER_PORT: '1234', NAME: 'alice' })).toEqual({
      ...defaultUftpdConfig,
      listenPort: 1234,
      advertiseHost: 'public.interface',
      commandHost: undefined,
      commandPort: 0,
      maxConnections: 8,
      portRange: { lower: 64500, upper: 64999 },
      checkClientAddress: false,
      protectedFiles: ['.ssh/authorized_keys', '.profile'],
      exportRoot: '/srv/alice/x',
    })
  })

  test.each([
    ['CMD_PORT=x', /^CMD_PORT: 'x' is not a port/],
    ['SERVER_PORT=65536', /^SERVER_PORT: /],
    ['SERVER_PORT=-1', /^SERVER_PORT: /],
    ['MAX_CONNECTIONS=0', /^MAX_CONNECTIONS: /],
    ['PORT_RANGE=5:4', /^PORT_RANGE: /],
    ['PORT_RANGE=5', /^PORT_RANGE: /],
    ['PORT_RANGE=1:70000', /^PORT_RANGE: /],
    ['EXPORT_ROOT=relative', /^EXPORT_ROOT: /],
    ['SSL_CONF=/etc/x', /^SSL_CONF: /],
    ['if true', /^line 1: expected NAME=value$/],
    ['\nCMD_HOST="open', /^line 2: CMD_HOST: unfinished quote$/],
    ['CMD_HOST=a b', /^line 1: CMD_HOST: text after the value$/],
    ['CMD_HOST=$(hostname)', /^line 1: CMD_HOST: commands are not run$/],
    ['CMD_HOST="`hostname`"', /^line 1: CMD_HOST: commands are not run$/],
    ['CMD_HOST=x;reboot', /^line 1: CMD_HOST: commands are not run$/],
  ])('%j is an error of one line that names what is wrong', (text, message) => {
    expect(() => parseUftpdConfig(text, {})).toThrow(message)
  })

  test('quotes and backslashes are the shell’s', () => {
    const config = parseUftpdConfig('CMD_HOST=a\\ "b \\"c"\'$d\'', { d: 'no' })
    expect(config.commandHost).toBe('a b "c$d')
  })
})
