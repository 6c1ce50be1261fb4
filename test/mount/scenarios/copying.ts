/** Moving trees around: cp, mv, rm, mkdir, tar, rsync, dd's whole-file cousins. */

import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario } from '../../support/mount/scenario.ts'

/** A tree with depth, several modes, an empty file, an empty directory and times long past. */
const tree = `
  mkdir -p tree/deep/er/still tree/empty tree/private
  seq 1 20000 > tree/numbers
  : > tree/nothing
  printf 'no newline at the end' > tree/deep/short
  head -c 300000 /dev/zero | tr '\\0' x > tree/deep/er/long
  printf '#!/bin/sh\\necho run\\n' > tree/deep/er/still/script
  chmod 755 tree/deep/er/still/script
  chmod 444 tree/deep/short
  chmod 640 tree/numbers
  chmod 700 tree/private
  find tree -depth -exec touch -d '2024-02-29 12:34:56Z' {} +
  touch -d '2019-07-01 00:00:01Z' tree/deep/er/long
`

/** The same material outside, so that it crosses between file systems. */
const inputTree = `cd "$INPUT"; ${tree}`

export const copying: readonly Scenario[] = [
  sameOnBoth(
    'cp copies a file, within and onto an existing one',
    `
    seq 1 1000 > a; cp a b; cp b c; echo shorter > d; cp d c; cat c`,
  ),

  sameOnBoth('cp -r copies a tree within', `${tree} cp -r tree copy; diff -r tree copy`),

  sameOnBoth('cp -p keeps modes and times', `${tree} cp -rp tree copy; diff -r tree copy`),

  {
    name: 'cp -r and cp -a bring a tree in and out',
    run: async ({ prepare, both }) => {
      await prepare(inputTree)
      await both(`
        cp -r "$INPUT/tree" plain; cp -a "$INPUT/tree" archive
        out=$(mktemp -d); cp -a archive "$out/"; diff -r "$INPUT/tree" "$out/archive"
        stat -c '%A %Y %n' "$out/archive/numbers" | sed "s#$out##"; rm -rf "$out"`)
    },
  },

  sameOnBoth(
    'cp and install of read-only files',
    `
    echo precious > a; chmod 444 a; cp a b; cp -p a c; install -m 400 a d; stat -c '%a %n' b c d
    rm -f d; cat b c`,
  ),

  sameOnBoth(
    'files are made with the mode that umask leaves',
    `
    (umask 077; echo a > private; mkdir hidden); (umask 002; echo b > group; mkdir shared)
    stat -c '%a %n' private hidden group shared`,
  ),

  sameOnBoth(
    'mv renames files and directories, over existing ones too',
    `
    ${tree} mv tree/numbers tree/renamed; mv tree other; echo old > target; echo new > source
    mv source target; cat target; mkdir into; mv target other/deep into; find . | sort
    mkdir a b; mv -T a b; mv -n into/target other/renamed; ls`,
  ),

  {
    name: 'mv across file systems, both ways',
    run: async ({ prepare, both }) => {
      await both(`${tree} out=$(mktemp -d); mv tree "$out/"; find "$out" | sed "s#$out##" | sort
        mv "$out/tree" back; rmdir "$out"; find back | sort`)
      await prepare('true')
    },
  },

  sameOnBoth(
    'mkdir -p and rmdir -p',
    `
    mkdir -p a/b/c/d/e; mkdir -p a/b/c; mkdir -m 750 a/x; rmdir -p a/b/c/d/e 2>&1 || true; find . | sort`,
  ),

  sameOnBoth(
    'rm -r removes a tree',
    `${tree} cp -r tree copy; chmod -R u+w copy; rm -r copy; ls -A`,
  ),

  sameOnBoth(
    'tar reads a tree from the mount',
    `
    ${tree} tar --sort=name --owner=0 --group=0 --numeric-owner -cf - tree | sha256sum
    tar --sort=name --owner=0 --group=0 --numeric-owner -czf tree.tgz tree
    tar -tzvf tree.tgz`,
  ),

  {
    name: 'tar extracts modes and times',
    run: async ({ prepare, both }) => {
      await prepare(`${tree} tar -cf tree.tar tree; gzip -k tree.tar`)
      await both(`
        tar -xpf "$INPUT/tree.tar"; mkdir again; tar -xpzf "$INPUT/tree.tar.gz" -C again
        tar -df "$INPUT/tree.tar" && diff -r tree again/tree`)
    },
  },

  {
    name: 'rsync -a: the second run transfers nothing',
    programs: ['rsync'],
    run: async ({ prepare, both }) => {
      await prepare(`${tree} seq 1 40 | xargs -I@ sh -c 'echo @ > tree/private/f@'`)
      const itemized = `rsync -a --itemize-changes "$INPUT/tree/" copy/`
      await both(`${itemized} | sort`)
      expectNothing((await both(itemized)).stdout)
      expectNothing((await both(itemized, { env: { TZ: 'America/New_York' } })).stdout)
      expectNothing((await both(`rsync -ac --itemize-changes "$INPUT/tree/" copy/`)).stdout)
      await both(`rsync -a copy/ again/; ${itemized.replace('copy/', 'again/')}`)
    },
  },

  {
    name: 'rsync updates what changed and deletes what went away',
    programs: ['rsync'],
    run: async ({ prepare, both }) => {
      await prepare(tree)
      await both(`rsync -a "$INPUT/tree/" copy/`)
      await prepare(`echo more >> tree/numbers; rm tree/nothing; echo new > tree/new
        chmod 600 tree/deep/er/long; touch -d '2020-01-01Z' tree/numbers tree/new tree`)
      await both(`rsync -a --delete --itemize-changes "$INPUT/tree/" copy/ | sort`)
      await both(`echo local >> copy/numbers; rsync -a --inplace --no-whole-file "$INPUT/tree/" copy/
        cmp copy/numbers "$INPUT/tree/numbers"`)
    },
  },
]

function expectNothing(output: string): void {
  if (output !== '') throw new Error(`rsync transferred again:\n${output}`)
}
