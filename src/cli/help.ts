/** `--help` and the option tables of the documentation, made of the option table. */

import {
  ignoredMountOptions,
  mountFlagOpposites,
  optionTable,
  type OptionDefinition,
} from './options.ts'
import { serveOptions } from './serve.ts'

const rows = Object.values<OptionDefinition>(optionTable)
const mountFlags = [...mountFlagOpposites].flat().filter((name) => name !== undefined)
const columnWidth = 34

export function helpText(): string {
  const flags = rows.filter((row) => row.flags !== undefined)
  const mountOptions = rows.filter((row) => row.mountOption !== undefined)
  return `Usage: uftp-mount [options] TARGET MOUNTPOINT
       uftp-mount [options] --demo [DIR] MOUNTPOINT
       uftp-mount serve [serve options] [DIR]

Mounts a directory that is served by UFTP. TARGET is one of
  https://HOST:PORT/rest/auth/SITE:/dir   through an Auth server (":" alone: your home)
  uftp://[USER@]HOST:PORT/rest/auth/SITE:/dir   the same
  uftpd://HOST:PORT/dir                   with a one-time password that you have
Unmount with: fusermount3 -u MOUNTPOINT (or umount as root)

Options:
${flags.map((row) => line(row.flags!, row)).join('\n')}
${line('-o <OPTION[=VALUE],...>', { help: 'mount options, see below' })}
${line('-V, --version', { help: 'show the version' })}
${line('-h, --help', { help: 'show this' })}

Mount options (-o):
${mountOptions.map((row) => line(mountOptionForm(row), row)).join('\n')}
${line(mountFlags.join(','), { help: 'as in mount(8)' })}

serve: runs an Auth server and a uftpd on loopback until Ctrl-C, giving access to what is
below DIR (default: the current directory), and prints how to sign on.
${serveOptions.map(({ flags: form, help }) => line(form, { help })).join('\n')}

Exit codes: 0 mounted (or clean end), 1 usage, 2 system or FUSE, 3 sign-on refused, 4 network,
5 remote path, 130 interrupted.
`
}

/** Markdown for README.md. */
export function optionsMarkdown(): string {
  const cells = rows.map((row) => {
    const forms = [
      row.flags,
      row.mountOption === undefined ? undefined : `-o ${mountOptionForm(row)}`,
    ]
    const form = forms.filter((text) => text !== undefined).map((text) => `\`${text}\``)
    return `| ${form.join('<br>')} | ${row.help} | ${row.defaultText ?? ''} |`
  })
  const accepted = [...ignoredMountOptions].map((name) => `\`${name}\``).join(', ')
  const passed = mountFlags.map((name) => `\`${name}\``).join(', ')
  return `| option | meaning | default |
| --- | --- | --- |
${cells.join('\n')}

Sizes are written \`64K\`, \`256M\`, \`1G\`; times \`0.5\`, \`30s\`, \`5m\`; \`-\` and \`_\` in names of
mount options are the same. Passed on to the kernel: ${passed}. Accepted for the sake of fstab and habit,
without effect: ${accepted}, \`x-*\`, \`comment=\`.
`
}

function mountOptionForm({ mountOption, kind }: OptionDefinition): string {
  return kind === 'flag' ? mountOption! : `${mountOption}=${kind.toUpperCase()}`
}

function line(form: string, row: { readonly help: string; readonly defaultText?: string }): string {
  const fallback = row.defaultText === undefined ? '' : ` (default: ${row.defaultText})`
  const gap =
    form.length < columnWidth - 1
      ? form.padEnd(columnWidth)
      : `${form}\n${' '.repeat(columnWidth + 2)}`
  return `  ${gap}${row.help}${fallback}`
}
