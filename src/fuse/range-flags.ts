/** Linux's numbers for lseek(2) and fallocate(2), which arrive as programs wrote them. */

import { ErrnoError } from '../support/errno-error.ts'
import type { Allocation } from '../vfs/filesystem.ts'

const seekData = 3
const seekHole = 4

const keepSizeBit = 0x01
const punchHoleBit = 0x02
const zeroRangeBit = 0x10

/** The kernel answers all other positions itself. */
export function whenceOf(whence: number): 'data' | 'hole' {
  if (whence === seekData) return 'data'
  if (whence === seekHole) return 'hole'
  throw new ErrnoError('EINVAL', `lseek with whence ${whence}`)
}

/** EOPNOTSUPP for what moves bytes about (COLLAPSE, INSERT) and what fallocate(2) does not allow. */
export function allocationOf(mode: number): { allocation: Allocation; keepSize: boolean } {
  const keepSize = (mode & keepSizeBit) !== 0
  switch (mode & ~keepSizeBit) {
    case 0:
      return { allocation: 'reserve', keepSize }
    case zeroRangeBit:
      return { allocation: 'zero-range', keepSize }
    case punchHoleBit:
      if (keepSize) return { allocation: 'punch-hole', keepSize }
  }
  throw new ErrnoError('EOPNOTSUPP', `fallocate with mode ${mode}`)
}
