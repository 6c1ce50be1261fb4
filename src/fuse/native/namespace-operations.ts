/** Names: what makes, moves and removes them. */

import { ErrnoError } from '../../support/errno-error.ts'
import type { Caller, Entry } from '../../vfs/filesystem.ts'
import { nodeTypeOf } from '../file-mode.ts'
import { renameFlagsOf } from '../rename-flags.ts'
import type { Operations } from './binding.ts'
import type { NativeContext } from './context.ts'
import { checkText } from './text.ts'

type NamespaceOperations = Pick<
  Operations,
  'mknod' | 'mkdir' | 'symlink' | 'readlink' | 'link' | 'unlink' | 'rmdir' | 'renameWithFlags'
>

export function namespaceOperations(context: NativeContext): NamespaceOperations {
  const { filesystem, requests, paths, handles } = context

  /** libfuse's way to remove a file that is open; false: an ordinary rename. */
  const hideIfOpen = async (path: string, newPath: string, caller: Caller): Promise<boolean> => {
    if (!paths.isHiding(path, newPath)) return false
    return paths.at(path, caller, async (nodeid) => {
      if (!handles.wasOpenJustNow(nodeid)) return false
      await paths.hide(path, newPath, caller)
      if (!handles.isOpen(nodeid)) paths.closed(nodeid)
      return true
    })
  }

  const keep = async (making: Promise<Entry>): Promise<void> => paths.keep((await making).nodeid)

  return {
    mknod: (path, mode, _device, answer) =>
      requests.done('mknod', answer, (caller) =>
        paths.in(path, caller, ({ parent, name }) => {
          const type = nodeTypeOf(mode)
          return keep(filesystem.makeNode(parent, name, type, mode & 0o7777, caller))
        }),
      ),

    mkdir: (path, mode, answer) =>
      requests.done('mkdir', answer, (caller) =>
        paths.in(path, caller, ({ parent, name }) =>
          keep(filesystem.makeDirectory(parent, name, mode & 0o7777, caller)),
        ),
      ),

    symlink: (target, path, answer) =>
      requests.done('symlink', answer, (caller) =>
        paths.in(path, caller, ({ parent, name }) => {
          checkText(target)
          return keep(filesystem.makeSymlink(parent, name, target, caller))
        }),
      ),

    readlink: (path, answer) =>
      requests.answer('readlink', answer, (caller) =>
        paths.at(path, caller, async (nodeid) => {
          const target = await filesystem.readLink(nodeid, caller)
          checkText(target)
          return target
        }),
      ),

    // libfuse gives each name an inode of its own: programs that check (git clone) would find a copy.
    link: (_path, newPath, answer) =>
      requests.done('link', answer, () => {
        throw new ErrnoError('EPERM', `link "${newPath}" through libfuse`)
      }),

    unlink: (path, answer) =>
      requests.done('unlink', answer, async (caller) => {
        if (paths.dropHidden(path)) return
        await paths.in(path, caller, ({ parent, name }) => filesystem.unlink(parent, name, caller))
      }),

    rmdir: (path, answer) =>
      requests.done('rmdir', answer, (caller) =>
        paths.in(path, caller, ({ parent, name }) =>
          filesystem.removeDirectory(parent, name, caller),
        ),
      ),

    renameWithFlags: (path, newPath, flags, answer) =>
      requests.done('rename', answer, async (caller) => {
        const meaning = renameFlagsOf(flags)
        if (flags === 0 && (await hideIfOpen(path, newPath, caller))) return
        await paths.in(path, caller, (from) =>
          paths.in(newPath, caller, (to) =>
            filesystem.rename(from.parent, from.name, to.parent, to.name, meaning, caller),
          ),
        )
      }),
  }
}
