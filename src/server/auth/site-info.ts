/** The JSON of `GET /rest/auth`: clients read `client` and `server` and take the rest as servers. */

import { X509Certificate } from 'node:crypto'
import type { Credential, UftpdServer } from './config.ts'
import { accountOf, type AttributeMap } from './map-file.ts'
import type { ServerStatus } from './server-status.ts'
import { anonymousName } from './sign-on.ts'

/** The version of UNICORE's Auth server whose interface this is. */
const interfaceVersion = '3.3.2'

export interface Visitor {
  /** undefined: anonymous. */
  readonly dn: string | undefined
  readonly map: AttributeMap
}

/** One server, as this visitor may use it. What cannot be told is left out. */
export function serverInfo(
  server: UftpdServer,
  status: ServerStatus,
  visitor: Visitor,
  restUrl: string,
): object {
  const account =
    visitor.dn === undefined ? undefined : accountOf(visitor.map, visitor.dn, server.name)
  return {
    href: `${restUrl}/auth/${server.name}`,
    description: server.description,
    status: status.up ? 'OK' : 'DOWN',
    uftpdServerVersion: status.version,
    sessionLimit: status.sessionLimit,
    uid: account?.xlogins[0],
    gid: account?.groups[0],
    availableGroups: account?.groups,
    rateLimit: account && account.rateLimit > 0 ? account.rateLimit : undefined,
    allowed: account?.includes,
    forbidden: account?.excludes,
    reservations: [],
    dataSharing: { enabled: false },
  }
}

export function clientInfo({ dn, map }: Visitor): object {
  const account = accountOf(map, dn ?? anonymousName, undefined)
  return {
    dn: dn ?? anonymousName,
    xlogin: {
      UID: account.xlogins[0],
      availableUIDs: account.xlogins,
      group: account.groups[0],
      availableGroups: account.groups,
      selectedSupplementaryGroups: [],
    },
    role: { selected: account.role, availableRoles: [account.role] },
    authenticationMethod: dn === undefined ? undefined : 'PASSWORD_FILE',
  }
}

export function ownInfo(
  credential: Credential,
  statuses: ReadonlyMap<string, ServerStatus>,
  upSince: Date,
): object {
  return {
    version: interfaceVersion,
    credential: credentialInfo(credential),
    trustedCAs: [],
    trustedSAMLIssuers: [],
    externalConnections: Object.fromEntries(
      [...statuses].map(([name, { up }]) => [`UFTPD server '${name}'`, up ? 'OK' : 'DOWN']),
    ),
    upSince: upSince.toISOString(),
    currentTime: new Date().toISOString(),
  }
}

function credentialInfo(credential: Credential): object {
  if (credential.kind !== 'pem') return {}
  const { subject, issuer, validTo } = new X509Certificate(credential.certificate)
  return { dn: oneLine(subject), issuer: oneLine(issuer), expires: validTo }
}

/** Node puts each attribute of a name on a line of its own. */
function oneLine(name: string): string {
  return name.split('\n').join(',')
}
