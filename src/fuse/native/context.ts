import type { Logger } from '../../support/logger.ts'
import type { Caller, Filesystem } from '../../vfs/filesystem.ts'
import type { Binding, Integer } from './binding.ts'
import type { OpenHandles } from './open-handles.ts'
import type { PathResolver } from './path-resolver.ts'
import type { Requests } from './requests.ts'

/** What all operations of one mount share. */
export interface NativeContext {
  readonly filesystem: Filesystem
  readonly requests: Requests
  readonly paths: PathResolver
  readonly handles: OpenHandles
  readonly times: Pick<Binding, 'UTIME_NOW' | 'UTIME_OMIT'>
  readonly log: Logger
}

/** Runs `use` with the inode that a path leads to, or the handle where there is no path any more. */
export function atPathOrHandle<T>(
  { paths, handles }: NativeContext,
  path: string | null,
  fd: Integer,
  caller: Caller,
  use: (nodeid: number) => Promise<T>,
): Promise<T> {
  return path === null ? use(handles.nodeid(fd)) : paths.at(path, caller, use)
}
