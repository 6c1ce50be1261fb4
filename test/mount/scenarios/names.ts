/** Names that break careless programs and protocols. */

import type { Scenario } from '../../support/mount/scenario.ts'
import { sameOnBoth } from '../../support/mount/scenario.ts'

const names = [
  'plain',
  ' leading',
  '   three leading',
  'trailing ',
  ' both ',
  'two  inside',
  'tab\there',
  '\tleading tab',
  "it's",
  '"quoted"',
  'back\\slash',
  'semi;colon',
  '$HOME',
  '`id`',
  '$(id)',
  'star*',
  'what?',
  '[a-z]',
  '{a,b}',
  '#hash',
  '~tilde',
  '~',
  '-dash',
  '--',
  '-rf',
  'a&b',
  'a|b',
  '<x>',
  '(p)',
  '!bang',
  '%41',
  '%',
  '100%',
  '%2F',
  'a+b',
  'a=b',
  'com,ma',
  'col:on',
  'at@host',
  'caret^',
  '...',
  '..dots',
  '.hidden',
  'dot.',
  'a.b.c',
  '0',
  'con',
  'NUL',
  '211 End of file list',
  '250 End',
  'size=1;modify=20200101000000;type=dir; x',
  'type=file;',
  'total 0',
  '\u00fcml\u00e4ut \u00df',
  'u\u0308mla\u0308ut NFD',
  '\u65e5\u672c\u8a9e',
  '\u0440\u0443\u0441\u0441\u043a\u0438\u0439',
  '\u{1f600}',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u00a0no-break',
  'no-break\u00a0',
  '\u2028line separator',
  '\u3000wide',
  '\ufeffbom',
  'bell\u0007',
  'escape\u001b[31m',
  'delete\u007f',
  'next\u0085line',
  'vertical\u000btab',
  'form\u000cfeed',
  'file\u001cseparator',
  'x'.repeat(255),
  '\u65e5'.repeat(85),
  '\u{1f600}'.repeat(63),
]

const makeNames = `printf '%s' "$NAMES" > names; mapfile -d / -t all < names; rm names`
const env = { NAMES: names.map((name) => `${name}/`).join('') }

export const unusualNames: readonly Scenario[] = [
  sameOnBoth(
    'files of every kind of name',
    `
    ${makeNames}
    for name in "\${all[@]}"; do printf '%s' "$name" > "./$name"; done
    for name in "\${all[@]}"; do cmp "./$name" <(printf '%s' "$name"); done
    ls -A | LC_ALL=C sort -z | md5sum; find . -type f | wc -l`,
    { env },
  ),

  sameOnBoth(
    'their times, modes and sizes',
    `
    ${makeNames}
    for name in "\${all[@]}"; do
      echo x > "./$name"; chmod 600 "./$name"; touch -d '2020-02-03 04:05:06Z' "./$name"; echo y >> "./$name"
      touch -d '2021-02-03 04:05:06Z' "./$name"; truncate -s 3 "./$name"; chmod 640 "./$name"
      touch -d '2022-02-03 04:05:06Z' "./$name"
    done; find . -type f -printf '%s %m %T@\\n' | sort | uniq -c`,
    { env },
  ),

  sameOnBoth(
    'directories of every kind of name',
    `
    ${makeNames}
    for name in "\${all[@]}"; do
      mkdir -m 750 "./$name"; echo "$name" > "./$name/$name"; touch -d '2020-02-03Z' "./$name/$name" "./$name"
    done
    find . -mindepth 2 | wc -l; cat ./*/* | sort | md5sum; du -s . > /dev/null; chmod 700 ./*; ls -A | wc -l`,
    { env },
  ),

  sameOnBoth(
    'mv and rm with every kind of name',
    `
    ${makeNames}
    for name in "\${all[@]}"; do echo "$name" > from; mv from "./$name"; done; mkdir sub
    for name in "\${all[@]}"; do mv "./$name" sub/; done; ls -A sub | wc -l
    for name in "\${all[@]}"; do mv "sub/$name" to; cat to; done | md5sum; rm to; rmdir sub; ls -A`,
    { env },
  ),

  sameOnBoth(
    'a name of 256 bytes is refused',
    `
    long=$(printf 'x%.0s' {1..256}); touch "$long" 2>&1 || echo "exit $?"; mkdir "$long" 2>&1 || echo "exit $?"
    cat "$long" 2>&1 || echo "exit $?"; touch a; mv a "$long" 2>&1 || echo "exit $?"; ls`,
  ),

  sameOnBoth(
    'NFC and NFD are two names',
    `
    echo composed > $'\\u00fc'; echo decomposed > $'u\\u0308'; ls | wc -l; cat $'\\u00fc' $'u\\u0308'`,
  ),

  sameOnBoth(
    'a long path',
    `
    d=.; for i in $(seq 1 12); do d="$d/$(printf 'x%.0s' {1..200})"; done; mkdir -p "$d"; echo deep > "$d/f"
    cat "$d/f"; find . | wc -l; mv "$d/f" top; rm -r xxx*; cat top`,
  ),

  {
    name: 'names that the wire cannot carry are kept or refused, never mangled',
    run: async ({ inMount, inLocal, both }) => {
      for (const name of ["$'a\\nb'", "$'\\nb'", "$'a\\rb'", "$'\\xff'", "$'a\\xe4b'"]) {
        const attempt = `echo x > ${name} && cat ${name} && rm ${name} || { ls -A; exit 3; }`
        const { code, stdout } = await inMount(attempt)
        const kept = await inLocal(attempt)
        if (code === 3 ? stdout !== '' : stdout !== kept.stdout) {
          throw new Error(`${name}: exit ${code}, printed ${JSON.stringify(stdout)}`)
        }
      }
      await both('ls -A; echo still here > a; cat a')
    },
  },
]
