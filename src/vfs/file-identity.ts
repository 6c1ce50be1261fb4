/** Whether two answers of the far side speak of one file, and of one content of it. */

import type { RemoteAttributes } from './attributes.ts'

/**
 * As far as attributes tell. The far side uses a file's number again when the file is gone, so the
 * time of birth, and the target of a link, which never change, must agree too.
 */
export function isSameFile(before: RemoteAttributes, after: RemoteAttributes): boolean {
  return (
    before.type === after.type &&
    agree(before.fileId, after.fileId) &&
    (before.fileId === undefined || agree(before.birthTimeNs, after.birthTimeNs)) &&
    agree(before.linkTarget, after.linkTarget)
  )
}

/** As far as attributes tell: a file that replaced another may have its size and time. */
export function isSameContent(before: RemoteAttributes, after: RemoteAttributes): boolean {
  return (
    agree(before.fileId, after.fileId) &&
    agree(before.birthTimeNs, after.birthTimeNs) &&
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs
  )
}

/** What is not told contradicts nothing. */
function agree<T>(before: T | undefined, after: T | undefined): boolean {
  return before === undefined || after === undefined || before === after
}
