/** What others do behind the mount shows up, in time and whole. */

import { expect } from 'vitest'
import type { Scenario, ScenarioContext } from '../../support/mount/scenario.ts'
import { until } from '../../support/mount/until.ts'

/** attr_timeout + entry_timeout, a second each, and a moment for the machine. */
const visibleWithinMs = 2_500

export const farSide: readonly Scenario[] = [
  {
    name: 'new, changed, renamed and removed files become visible',
    run: async (context) => {
      const { inMount, onFarSide } = context
      await inMount(
        'echo one > a; echo two > b; mkdir d; cat a b; ls; cat later none 2>/dev/null || true',
      )
      await onFarSide('echo new > later')
      await visible(context, 'cat later', 'new\n')
      await visible(context, 'ls', 'a\nb\nd\nlater\n')
      await onFarSide('echo "more and longer" > a')
      await visible(context, 'cat a; stat -c %s a', 'more and longer\n16\n')
      await onFarSide('mv b d/c; rm later')
      await visible(context, 'ls; ls d', 'a\nd\nc\n')
      await visible(context, 'cat d/c; test ! -e later && echo gone', 'two\ngone\n')
      await onFarSide('rm -r d; mkdir -p e/f; chmod 640 a; touch -d "2020-01-01Z" a')
      await visible(context, 'ls -R', '.:\na\ne\n\n./e:\nf\n\n./e/f:\n')
      await visible(context, 'stat -c "%a %Y" a', '640 1577836800\n')
    },
  },
  {
    name: 'other bytes of the same size become visible',
    run: async (context) => {
      const { inMount, onFarSide } = context
      await inMount('seq 1 50000 > a; md5sum a')
      await onFarSide(
        'tr 0-9 1-90 < a > b; touch -d "2030-01-01Z" b; cat b > a; touch -r b a; rm b',
      )
      const expected = (await onFarSide('md5sum < a')).stdout
      await visible(context, 'md5sum < a', expected)
      await onFarSide('tr 0-9 1-90 < a > b; touch -d "2031-01-01Z" b; mv b a')
      await visible(context, 'md5sum < a', (await onFarSide('md5sum < a')).stdout)
    },
  },
  {
    name: 'another file of the same size and time becomes visible',
    impossible: { external: 'UFTPD does not tell birth times, nothing else differs' },
    run: async (context) => {
      await context.inMount('echo one > a; cat a')
      await context.onFarSide('echo two > b; touch -r a b; mv b a')
      await visible(context, 'cat a', 'two\n')
    },
  },
  {
    name: "a file and a directory take each other's place",
    run: async (context) => {
      await context.inMount('echo x > a; mkdir b; echo y > b/c; cat a b/c')
      await context.onFarSide('rm -r a b; mkdir a; echo z > b; echo in > a/side')
      await visible(context, 'cat b a/side; ls a', 'z\nin\nside\n')
    },
  },
  {
    name: 'a growing file can be followed',
    run: async (context) => {
      await context.onFarSide('echo 1 > log')
      expect((await context.inMount('cat log')).stdout).toBe('1\n')
      for (const lines of ['1\n2\n', '1\n2\n3\n']) {
        await context.onFarSide(`printf '${lines.replaceAll('\n', '\\n')}' > log`)
        await visible(context, 'tail -n +1 log', lines)
      }
    },
  },
  {
    name: 'links on the far side do no harm',
    run: async ({ onFarSide, inMount }) => {
      await onFarSide(`echo content > file; mkdir d; echo inside > d/f; ln -s file link; ln -s d dirlink
        ln -s nowhere dangling; ln -s . loop; ln -s /etc/passwd outside; mkfifo pipe`)
      const { code, stdout } = await inMount(
        'cat file link dirlink/f; ls -A d; ls -lA > /dev/null || true',
      )
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'content\ncontent\ninside\nf\n' })
      expect((await inMount('cat dangling')).code).toBe(1)
      expect((await inMount('rm -f pipe; echo ok > new; cat new')).stdout).toBe('ok\n')
    },
  },
]

async function visible(context: ScenarioContext, script: string, expected: string): Promise<void> {
  await until(
    `${script} prints ${JSON.stringify(expected)}`,
    async () => {
      const { stdout, stderr } = await context.inMount(script)
      if (stdout === expected) return true
      throw new Error(`it printed ${JSON.stringify(stdout + stderr)}`)
    },
    visibleWithinMs,
  )
}
