/** Large files, large directories. */

import type { Scenario } from '../../support/mount/scenario.ts'
import { sameOnBoth } from '../../support/mount/scenario.ts'

const bigFile = 'head -c 314572800 /dev/urandom > big; chmod 644 big'
const slow = 180_000

export const large: readonly Scenario[] = [
  {
    name: 'sha256sum of 300 MB written through the mount',
    run: async ({ prepare, both, onFarSide, inMount }) => {
      await prepare(bigFile)
      await both('cp "$INPUT/big" big; sha256sum big', { timeoutMs: slow, tree: 'attributes' })
      const farSide = await onFarSide('sha256sum big; cmp big "$INPUT/big"', { timeoutMs: slow })
      const mounted = await inMount('sha256sum big', { timeoutMs: slow })
      if (mounted.stdout !== farSide.stdout) throw new Error('the mount reads other bytes')
    },
  },

  {
    name: 'sha256sum of 300 MB read through the mount',
    run: async ({ prepare, both, onFarSide, inLocal }) => {
      await prepare(bigFile)
      await onFarSide('cp "$INPUT/big" big')
      await inLocal('cp "$INPUT/big" big')
      await both('sha256sum big; tail -c 1000001 big | md5sum; cmp big "$INPUT/big"', {
        timeoutMs: slow,
        tree: 'none',
      })
    },
  },

  sameOnBoth(
    'a file of more than 4 GiB',
    `
    printf tail | dd of=big bs=1 seek=5368709120 conv=notrunc status=none; stat -c %s big; tail -c 4 big
    printf head | dd of=big conv=notrunc status=none
    printf border | dd of=big bs=1 seek=4294967293 conv=notrunc status=none
    dd if=big bs=1 skip=4294967290 count=12 status=none | od -An -c; head -c 6 big | od -An -c
    dd if=big bs=1M skip=4095 count=2 status=none | sha256sum
    dd if=big bs=1M iflag=skip_bytes skip=5368709000 status=none | od -An -c
    ls -l big | awk '{print $5}'; truncate -s 4294967296 big; stat -c %s big; tail -c 5 big | od -An -c
    find . -size +4194303k`,
    { tree: 'attributes', timeoutMs: slow },
  ),

  sameOnBoth(
    'a directory of 5,000 files',
    `
    mkdir d; for i in $(seq 1 5000); do echo $i > d/file$i; done
    ls d | wc -l; ls -l d | awk '{s += $5} END {print s}'; find d -type f | wc -l; find d -name 'file4?99' | sort
    cat d/file777; ls -U d | sort | md5sum; du -a d | wc -l; rm d/file1???; ls d | wc -l; rm -r d; ls -A`,
    {
      timeoutMs: slow,
    },
  ),

  {
    name: 'a directory of 5,000 files from the far side',
    run: async ({ both, onFarSide, inLocal }) => {
      const make = `mkdir d; for i in $(seq 1 5000); do echo $i > "d/a name of some length $i"; done
        touch -d '2020-01-01Z' d/*`
      await onFarSide(make)
      await inLocal(make)
      await both(
        `ls -l d | awk 'NR > 1 {print $1, $5, $6, $7, $8, $NF}' | md5sum; find d -newermt 2019-12-31 | wc -l
        cat d/* | md5sum; ls d | sed -n 1,3p; rm -rf d; ls -A`,
        { timeoutMs: slow },
      )
    },
  },
]
