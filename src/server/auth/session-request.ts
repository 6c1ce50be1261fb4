/**
 * The body of `POST /rest/auth/NAME`. Lenient as UNICORE's: booleans also as "true"/"false",
 * numbers also as texts, null like absent, unknown fields ignored.
 */

import * as v from 'valibot'

const text = v.pipe(
  v.string(),
  v.maxLength(8192),
  // Each value becomes one line of the request to uftpd.
  v.regex(/^[^\r\n\0]*$/, 'contains a line end'),
)
const optionalText = v.nullish(text)
const flag = v.pipe(
  v.nullish(v.union([v.boolean(), v.pipe(v.string(), v.regex(/^(true|false)$/i))])),
  v.transform((value) => String(value ?? false).toLowerCase() === 'true'),
)
const streams = v.pipe(
  v.nullish(v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,4}$/))])),
  v.transform((value) => Number(value ?? 1)),
  v.integer(),
  v.minValue(1),
)

const body = v.object({
  serverPath: text,
  persistent: flag,
  streamCount: streams,
  encryptionKey: optionalText,
  encryptionAlgorithm: v.nullish(
    v.pipe(
      text,
      v.transform((value) => value.toUpperCase()),
      v.picklist(['AES', 'BLOWFISH']),
    ),
  ),
  compress: flag,
  group: optionalText,
  client: optionalText,
})

export type SessionRequest = v.InferOutput<typeof body>

/** Throws an Error of one line for what is no request. */
export function parseSessionRequest(json: string): SessionRequest {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw new Error('The request body is not JSON')
  }
  const result = v.safeParse(body, value)
  if (!result.success) {
    const [issue] = result.issues
    throw new Error(`${v.getDotPath(issue) ?? 'body'}: ${issue.message}`)
  }
  return result.output
}

/** pyunicore puts it behind every base directory. */
const multiFileTag = '___UFTP___MULTI___FILE___SESSION___MODE___'

/** The `file` of the transfer request: uftpd takes what stands before its last slash as base. */
export function basePath(serverPath: string): string {
  return serverPath.endsWith(multiFileTag) ? serverPath.slice(0, -multiFileTag.length) : serverPath
}
