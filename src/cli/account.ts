import { userInfo } from 'node:os'

/** Our login name, or the number where the system knows no name for it (containers). */
export function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 0)
  }
}
