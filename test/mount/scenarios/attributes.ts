/** Times and modes. */

import { expect } from 'vitest'
import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario } from '../../support/mount/scenario.ts'

/** Around the ends of summer time 2025: in New York and Berlin the local hour occurs twice. */
const twiceTheSameHour = [
  '2025-11-02 05:30:00Z',
  '2025-11-02 06:30:00Z',
  '2025-11-02 07:30:00Z',
  '2025-10-26 00:30:00Z',
  '2025-10-26 01:30:00Z',
  '2025-10-26 02:30:00Z',
]

/** The skipped hours in spring, the middle of both halves, the ends of 32-bit time. */
const otherTimes = [
  '2025-03-09 06:59:59Z',
  '2025-03-09 07:00:00Z',
  '2025-03-30 01:00:00Z',
  '2025-01-15 12:00:00Z',
  '2025-07-15 12:00:00Z',
  '1970-01-01 00:00:00Z',
  '1999-12-31 23:59:59Z',
  '2038-01-19 03:14:08Z',
  '2096-02-29 00:00:00Z',
]

const touches = (times: readonly string[]) =>
  times.map((time, index) => `echo x > f${index}; touch -d '${time}' f${index}`).join('\n')

const wholeSeconds = {
  external: 'UFTPD stores and tells times in whole seconds (MFMT, STAT)',
} as const

export const attributes: readonly Scenario[] = [
  sameOnBoth(
    'touch -d sets times of both halves of the year',
    `
    ${touches([...otherTimes, ...twiceTheSameHour])}
    stat -c '%Y %n' f*; ls -l --time-style=full-iso | awk '{print $6, $7, $9}'`,
  ),

  sameOnBoth(
    'times mean the same in every time zone',
    `
    ${touches([...otherTimes, ...twiceTheSameHour])}
    for zone in America/New_York Europe/Berlin Asia/Kolkata; do TZ=$zone ls -l --time-style=full-iso f*; done |
      awk '{print $6, $7, $8, $9}'`,
    { env: { TZ: 'America/New_York' } },
  ),

  sameOnBoth(
    'touch -d on directories, -r and -t',
    `
    mkdir d; echo x > d/f; touch -d '2021-06-05 04:03:02Z' d; touch -r d d/f; touch -t 202001020304.05 g
    stat -c '%Y %n' d d/f g`,
  ),

  sameOnBoth(
    'touch -m, touch -a and touch now',
    `
    echo x > f; touch -m -d '2021-06-05 04:03:02Z' f; stat -c %Y f; cat f
    touch -a -d '2022-01-01Z' f || echo refused; stat -c %Y f
    echo x > now; touch -d '2001-01-01Z' now; touch now; echo x > m; touch -d '2001-01-01Z' m; touch -m m
    find . -name now -newermt 2026-01-01; find . -name m -newermt 2026-01-01; touch new; ls`,
  ),

  sameOnBoth(
    'a time set while the file is open survives its close',
    `
    python3 - <<'END'
import os
fd = os.open('f', os.O_WRONLY | os.O_CREAT, 0o644)
os.write(fd, b'x' * 100000)
os.utime(fd, (1000000000, 1100000000))
os.close(fd)
print(os.stat('f').st_mtime_ns)
fd = os.open('g', os.O_WRONLY | os.O_CREAT, 0o600)
os.write(fd, b'y' * 100000)
os.fchmod(fd, 0o640)
os.fsync(fd)
os.utime('g', (1000000000, 1200000000))
os.close(fd)
print(os.stat('g').st_mtime_ns, oct(os.stat('g').st_mode))
END`,
    { programs: ['python3'] },
  ),

  sameOnBoth(
    'writing moves the time on, reading and chmod do not',
    `
    echo x > f; touch -d '2001-01-01Z' f; cat f; chmod 600 f; stat -c %Y f
    mv f g; stat -c %Y g; cp -p g h; stat -c %Y h; echo y >> g; find g -newermt 2026-01-01`,
  ),

  sameOnBoth(
    'times finer than a second',
    `
    echo x > f; touch -d '2021-05-06 07:08:09.123456Z' f; stat -c %.Y f; mkdir d
    touch -d '2021-05-06 07:08:09.000001Z' d; stat -c %.Y d; cp -p f g; stat -c %.Y g`,
    { impossible: wholeSeconds },
  ),

  sameOnBoth(
    'touch -m and touch -a leave the other time, to the microsecond',
    `
    echo x > f; touch -d '2021-05-06 07:08:09.123456Z' f; touch -m -d '2022-06-07 08:09:10.654321Z' f; stat -c '%.9X %.9Y' f
    touch -a -d '2023-07-08 09:10:11.000001Z' f; stat -c '%.9X %.9Y' f; mkdir d; touch -m -d '1999-12-31 23:59:59.999999Z' d
    stat -c %.9Y d`,
    { impossible: wholeSeconds },
  ),

  sameOnBoth(
    'cp -p, rsync -a and tar bring times to the microsecond',
    `
    mkdir -p a/d; for i in 1 2 3; do echo $i > a/d/f$i; touch -d "2021-05-06 07:08:09.12345$i Z" a/d/f$i; done
    touch -d '2020-02-29 23:59:59.999999Z' a/d; touch -d '2001-02-03 04:05:06.000001Z' a
    cp -rp a copied; rsync -a a/ synced; tar --format=posix -cf a.tar a; mkdir x; tar -xf a.tar -C x; rm a.tar
    find a copied synced x/a -printf '%p %T@\n' | sort; rsync -a --itemize-changes a/ synced; rsync -a --itemize-changes x/a/ a`,
    { programs: ['rsync'], impossible: wholeSeconds },
  ),

  {
    name: 'birth times are those of the far side, whatever happens to the file',
    impossible: {
      external: 'UFTPD does not tell birth times',
      native: 'the stat of its binding has no birth time',
    },
    run: async ({ inMount, onFarSide }) => {
      await inMount(
        `echo x > f; mkdir d; touch -d '2001-01-01Z' f; echo y >> f; chmod 600 f; mv f d/g`,
      )
      const births = `stat -c '%n %.9W' d d/g`
      expect((await inMount(births)).stdout).toBe((await onFarSide(births)).stdout)
    },
  },

  sameOnBoth(
    'chmod',
    `
    echo x > f; mkdir d
    for mode in 600 640 644 444 755 700 4755 2755; do chmod $mode f; stat -c '%a %A' f; done
    for mode in 700 711 755 1777 2775 750; do chmod $mode d; stat -c '%a %A' d; done
    chmod u+s f; chmod go-rwx f; chmod +x f; stat -c %a f; mkdir -p r/s; echo y > r/s/t
    chmod -R a+rX,go-w r; find r -printf '%m %p\\n' | sort`,
  ),

  sameOnBoth(
    'test -r -w -x, stat and ls tell the same',
    `
    echo x > f; mkdir d; chmod 755 f; for t in e f d r w x s; do for p in f d none; do
    if test -$t $p; then echo "$t $p"; fi; done; done
    stat -c '%F %s %h %a' f; stat -c '%F %a' d; ls -ld f d | awk '{print $1, $NF}'; ls -A1 --group-directories-first`,
  ),
]
