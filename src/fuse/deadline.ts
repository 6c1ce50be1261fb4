import { ErrnoError } from '../support/errno-error.ts'

/** What answers at once unless it hangs. ETIMEDOUT with the text: it hangs. */
export async function withinDeadline<T>(
  answer: Promise<T>,
  deadlineMs: number,
  text: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ErrnoError('ETIMEDOUT', text)), deadlineMs)
  })
  try {
    return await Promise.race([answer, deadline])
  } finally {
    clearTimeout(timer)
  }
}
