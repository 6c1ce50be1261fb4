import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAuthServerConfig } from '../../../../src/server/auth/parse-config.ts'
import { parseProperties } from '../../../../src/server/auth/properties.ts'

test('properties are Java’s', () => {
  const text = [
    '# comment',
    '! comment',
    'a=1',
    '  b : two words ',
    'c three',
    'long = one \\',
    '    line',
    'path=C:\\\\dir\\tx',
    'k\\=ey\\ x=v=w',
    'u=\\u00fc',
    'empty=',
    'a=2',
    'ends=\\\\',
    'd=4',
  ].join('\r\n')
  expect(Object.fromEntries(parseProperties(text))).toEqual({
    a: '2',
    b: 'two words ',
    c: 'three',
    long: 'one line',
    path: 'C:\\dir\tx',
    'k=ey x': 'v=w',
    u: 'ü',
    empty: '',
    ends: '\\',
    d: '4',
  })
})

describe('container.properties', () => {
  const directory = mkdtempSync(join(tmpdir(), 'container-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const pem = join(directory, 'server.pem')
  writeFileSync(pem, 'PEM')

  const manual: Readonly<Record<string, string>> = {
    'container.host': 'uftp.example.org',
    'container.port': '9000',
    'container.externalurl': 'https://gw.example.org:2222/AUTH/',
    'container.security.credential.path': pem,
    'container.security.rest.authentication.order': 'PASSWORD',
    'container.security.rest.authentication.PASSWORD.class':
      'eu.unicore.services.rest.security.FilebasedAuthenticator',
    'container.security.rest.authentication.PASSWORD.file': 'conf/rest-users.txt',
    'container.security.attributes.order': 'FILE',
    'container.security.attributes.FILE.class': 'eu.unicore.uas.security.file.FileAttributeSource',
    'container.security.attributes.FILE.file': 'conf/map.json',
    'authservice.servers': 'TEST',
    'authservice.server.TEST.description': 'Test UFTPD server',
    'authservice.server.TEST.host': 'cluster.example.org',
    'authservice.server.TEST.commandHost': 'internal.example.org',
    'authservice.server.TEST.commandPort': '64435',
    'authservice.server.TEST.ssl': 'false',
  }

  const parse = (changes: Readonly<Record<string, string | undefined>> = {}): unknown =>
    parseAuthServerConfig(
      Object.entries({ ...manual, ...changes })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n'),
    )

  test('the names of the manual', () => {
    expect(parse()).toEqual({
      host: 'uftp.example.org',
      port: 9000,
      externalUrl: 'https://gw.example.org:2222/AUTH',
      credential: { kind: 'pem', certificate: 'PEM', key: 'PEM' },
      users: { file: 'conf/rest-users.txt' },
      map: { file: 'conf/map.json' },
      servers: [
        {
          name: 'TEST',
          description: 'Test UFTPD server',
          host: 'cluster.example.org',
          commandHost: 'internal.example.org',
          commandPort: 64435,
          tls: undefined,
        },
      ],
    })
  })

  test('TLS to the command port needs authorities, and takes them from a directory', () => {
    const type = 'container.security.truststore.type'
    const location = 'container.security.truststore.directoryLocations.1'
    const tls = { 'authservice.server.TEST.ssl': undefined }
    expect(() => parse(tls)).toThrow(type)
    expect(parse({ ...tls, [type]: 'directory', [location]: `${directory}/*.pem` })).toMatchObject({
      servers: [{ tls: { trusted: ['PEM'] } }],
    })
  })

  test.each([
    [{ 'container.security.credential.path': undefined }, 'container.security.credential.path'],
    [
      { 'container.security.credential.path': '/nonexistent' },
      'container.security.credential.path',
    ],
    [{ 'container.security.credential.format': 'jks' }, 'container.security.credential.format'],
    [{ 'container.port': '99999' }, 'container.port'],
    [{ 'container.externalurl': 'no url' }, 'container.externalurl'],
    [{ 'authservice.servers': undefined }, 'authservice.servers'],
    [{ 'authservice.servers': 'A-B' }, 'authservice.servers'],
    [{ 'authservice.server.TEST.host': undefined }, 'authservice.server.TEST.host'],
    [{ 'authservice.server.TEST.1.host': 'x' }, 'authservice.server.TEST.1.host'],
    [{ 'authservice.server.TEST.reservations.enable': 'true' }, 'reservations.enable'],
    [{ 'container.security.rest.authentication.order': 'PASSWORD SSHKEY' }, 'authentication.order'],
    [{ 'container.security.rest.authentication.PASSWORD.class': 'x.Other' }, 'PASSWORD.class'],
    [{ 'container.security.attributes.FILE.matching': 'regexp' }, 'FILE.matching'],
    [{ 'container.security.attributes.FILE.file': undefined }, 'FILE.file'],
  ])('%j is an error of one line that names the property', (changes, name) => {
    expect(() => parse(changes)).toThrow(name)
    expect(() => parse(changes)).not.toThrow('\n')
  })
})
