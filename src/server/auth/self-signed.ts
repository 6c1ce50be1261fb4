/** A certificate of our own for demonstrations and tests; clients must be told to trust it. */

import { hostname } from 'node:os'
import { generate } from 'selfsigned'
import type { Credential } from './config.ts'

const dayMs = 86_400_000

/** For `localhost`, the loopback addresses, this host's name and `names`. Valid for 30 days. */
export async function selfSignedCredential(
  names: readonly string[] = [],
): Promise<Credential & { kind: 'pem' }> {
  const hosts = [...new Set(['localhost', hostname(), ...names])]
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A little before now: clocks differ.
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 30 * dayMs),
    extensions: [
      // Its own authority, so that it can be given to `--cacert` as it is.
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...hosts.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  return { kind: 'pem', certificate: made.cert, key: made.private }
}
