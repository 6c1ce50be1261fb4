import type { ConformanceCase } from '../case.ts'
import { creating } from './creating.ts'
import { directories } from './directories.ts'
import { links } from './links.ts'
import { names } from './names.ts'
import { permissions } from './permissions.ts'
import { removing } from './removing.ts'
import { renaming } from './renaming.ts'
import { sizes } from './sizes.ts'
import { times } from './times.ts'

export const areas: readonly (readonly [name: string, cases: readonly ConformanceCase[]])[] = [
  ['open, mkdir, mknod', creating],
  ['unlink, rmdir', removing],
  ['readdir', directories],
  ['rename', renaming],
  ['link, symlink', links],
  ['truncate, fallocate', sizes],
  ['times', times],
  ['names', names],
  ['chmod, chown, permissions', permissions],
]
