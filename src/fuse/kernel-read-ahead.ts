/**
 * The kernel reads ahead 128 KiB by default, which makes small requests of large reads. Only root
 * may raise it, and only after mounting: in sysfs, by the mount's device number.
 */

import { writeFile } from 'node:fs/promises'
import type { Logger } from '../support/logger.ts'
import { findMounted } from './mountinfo.ts'

export async function raiseKernelReadAhead(
  mountpoint: string,
  bytes: number,
  log: Logger,
): Promise<void> {
  try {
    // From the list of mounts: a stat of the mountpoint would be a request to ourselves.
    const mounted = await findMounted(mountpoint)
    if (!mounted) return
    const setting = `/sys/class/bdi/${mounted.device}/read_ahead_kb`
    await writeFile(setting, String(Math.floor(bytes / 1024)))
    log.debug('raised the kernel read-ahead', { setting, bytes })
  } catch (error) {
    log.debug('the kernel read-ahead stays as it is', { error: String(error) })
  }
}
