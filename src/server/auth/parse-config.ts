/** `container.properties` → AuthServerConfig. What is asked for and not supported is an error. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../../support/secret.ts'
import type { AuthServerConfig, CommandTls, Credential, UftpdServer } from './config.ts'
import { parseProperties } from './properties.ts'
import type { TextSource } from './text-source.ts'

type Properties = ReadonlyMap<string, string>

const credentialProperty = 'container.security.credential'
const truststoreProperty = 'container.security.truststore'

/** Throws an Error of one line that names the property. */
export function parseAuthServerConfig(text: string): AuthServerConfig {
  const properties = parseProperties(text)
  const credential = readCredential(properties)
  return {
    host: anyHost(properties.get('container.host') ?? 'localhost'),
    port: port(properties, 'container.port', 9000),
    externalUrl: externalUrl(properties),
    credential,
    users: sourceFile(properties, 'container.security.rest.authentication', {
      className: 'FilebasedAuthenticator',
      usualName: 'PASSWORD',
    }),
    map: sourceFile(properties, 'container.security.attributes', {
      className: 'FileAttributeSource',
      usualName: 'FILE',
    }),
    servers: words(required(properties, 'authservice.servers')).map((name) =>
      uftpdServer(properties, name, credential),
    ),
  }
}

function uftpdServer(properties: Properties, name: string, credential: Credential): UftpdServer {
  const prefix = `authservice.server.${name}`
  if (!/^[A-Za-z0-9_.]+$/.test(name)) {
    throw new Error(`authservice.servers: '${name}' may only have letters, digits, _ and .`)
  }
  if (properties.has(`${prefix}.1.host`)) {
    throw new Error(`${prefix}.1.host: several uftpd behind one name are not supported yet`)
  }
  if (isTrue(properties.get(`${prefix}.reservations.enable`))) {
    throw new Error(`${prefix}.reservations.enable: reservations are not supported yet`)
  }
  const host = required(properties, `${prefix}.host`)
  const ssl = properties.get(`${prefix}.ssl`) ?? 'true'
  return {
    name,
    description: properties.get(`${prefix}.description`) ?? 'UFTPD server',
    host,
    commandHost: properties.get(`${prefix}.commandHost`) ?? host,
    commandPort: port(properties, `${prefix}.commandPort`, 64435),
    tls: isTrue(ssl) ? commandTls(properties, `${prefix}.ssl`, credential) : undefined,
  }
}

function commandTls(properties: Properties, because: string, credential: Credential): CommandTls {
  const type = properties.get(`${truststoreProperty}.type`)
  if (type !== 'directory') {
    throw new Error(`${truststoreProperty}.type: 'directory' is needed unless ${because}=false`)
  }
  const locations = [...properties]
    .filter(([name]) => name.startsWith(`${truststoreProperty}.directoryLocations.`))
    .flatMap(([name, location]) => readFiles(name, location))
  if (locations.length === 0) {
    throw new Error(`${truststoreProperty}.directoryLocations.1: no certificate found`)
  }
  return { credential, trusted: locations }
}

/** A PEM file, or all that match `DIR/*.SUFFIX`. */
function readFiles(name: string, location: string): readonly string[] {
  const pattern = /^(.*\/)\*(\.\w+)$/.exec(location)
  if (!pattern) return [readText(name, location)]
  const [, directory, suffix] = pattern as unknown as [string, string, string]
  return readdirSync(directory)
    .filter((file) => file.endsWith(suffix))
    .map((file) => readText(name, join(directory, file)))
}

function readCredential(properties: Properties): Credential {
  const name = `${credentialProperty}.path`
  const path = required(properties, name)
  const given = properties.get(`${credentialProperty}.password`)
  const password = given ? { password: new Secret(given) } : {}
  const format = properties.get(`${credentialProperty}.format`) ?? guessFormat(path)
  if (format === 'pem') {
    const certificate = readText(name, path)
    // Without a file of its own the key stands beside the certificate.
    const keyProperty = `${credentialProperty}.keyPath`
    const keyPath = properties.get(keyProperty)
    const key = keyPath === undefined ? certificate : readText(keyProperty, keyPath)
    return { kind: 'pem', certificate, key, ...password }
  }
  if (format === 'pkcs12') {
    return { kind: 'pkcs12', archive: readBytes(name, path), ...password }
  }
  throw new Error(`${credentialProperty}.format: '${format}' is not supported (pem, pkcs12)`)
}

function guessFormat(path: string): string {
  return /\.(p12|pfx)$/i.test(path) ? 'pkcs12' : 'pem'
}

/**
 * The file of the one source that is ours. Others in the `order` would be asked too by UNICORE:
 * leaving one out could let in or shut out whom it knows, so that is an error.
 */
function sourceFile(
  properties: Properties,
  prefix: string,
  { className, usualName }: { readonly className: string; readonly usualName: string },
): TextSource {
  const order = words(properties.get(`${prefix}.order`) ?? usualName)
  for (const name of order) {
    const implementation = properties.get(`${prefix}.${name}.class`)
    if (implementation !== undefined && !implementation.endsWith(`.${className}`)) {
      throw new Error(`${prefix}.${name}.class: only ${className} is supported`)
    }
  }
  const [name, ...more] = order
  if (name === undefined || more.length > 0) {
    throw new Error(`${prefix}.order: exactly one name is supported`)
  }
  const matching = properties.get(`${prefix}.${name}.matching`)
  if (matching !== undefined && matching !== 'strict') {
    throw new Error(`${prefix}.${name}.matching: only 'strict' is supported`)
  }
  return { file: required(properties, `${prefix}.${name}.file`) }
}

function externalUrl(properties: Properties): string | undefined {
  const text = properties.get('container.externalurl')
  if (text === undefined || text === '') return undefined
  if (!URL.canParse(text)) throw new Error(`container.externalurl: '${text}' is not a URL`)
  return text.replace(/\/+$/, '').replace(/\/rest(\/auth)?$/, '')
}

function required(properties: Properties, name: string): string {
  const value = properties.get(name)
  if (!value) throw new Error(`${name} is missing`)
  return value
}

function port(properties: Properties, name: string, fallback: number): number {
  const value = properties.get(name)
  if (value === undefined || value === '') return fallback
  const number = /^\d{1,5}$/.test(value) ? Number(value) : NaN
  if (!(number <= 65535)) throw new Error(`${name}: '${value}' is not a port (0 to 65535)`)
  return number
}

function anyHost(host: string): string | undefined {
  return host === '' || host === '*' || host === '0.0.0.0' ? undefined : host
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true'
}

function readText(name: string, path: string): string {
  return readBytes(name, path).toString('utf8')
}

function readBytes(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error })
  }
}
