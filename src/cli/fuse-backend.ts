import type { FuseBackend } from '../fuse/backend.ts'
import { KernelBackend } from '../fuse/kernel/backend.ts'
import { NativeBackend } from '../fuse/native/backend.ts'
import type { FuseBackendName } from './config.ts'

/** `path`: where the programs that mount are looked for. */
export function createFuseBackend(name: FuseBackendName, path: string | undefined): FuseBackend {
  const speaksToTheKernel = name === 'kernel' || (name === 'auto' && process.platform === 'linux')
  return speaksToTheKernel ? new KernelBackend({ path }) : new NativeBackend({ path })
}
