/** The command line of `uftp-mount`: what is asked for, and what becomes of the process. */

import { fileURLToPath } from 'node:url'
import { Command, CommanderError, Option } from 'commander'
import { passwordInUserOption, readConfig, type CommandLine } from './config.ts'
import { isDaemon, receiveSecrets, reportFailure, reportReady, startDaemon } from './daemon.ts'
import { exitCodes, ExitError, type ExitCode } from './exit.ts'
import { helpText } from './help.ts'
import { keepInheritedFiles } from './inherited-files.ts'
import { mountAndServe } from './mount-process.ts'
import { optionTable, type OptionDefinition, type OptionKey } from './options.ts'
import { collectSecrets } from './secrets.ts'
import { serve, serveOptions, type ServeFlags } from './serve.ts'
import { surviveVanishedTerminals } from './terminals.ts'
import { version } from './version.ts'
import { withoutPasswords } from './visible-arguments.ts'

/** Runs to the end of the process. */
export async function run(typedArguments: readonly string[]): Promise<never> {
  surviveVanishedTerminals()
  try {
    await keepInheritedFiles()
    await buildProgram(typedArguments).parseAsync(typedArguments, { from: 'user' })
    process.exit(exitCodes.ok)
  } catch (error) {
    const { exitCode, message } = asExit(error)
    if (isDaemon) await reportFailure(exitCode, message)
    else if (message !== '') process.stderr.write(`uftp-mount: ${message}\n`)
    process.exit(exitCode)
  }
}

const collect = (value: string, all: string[]): string[] => [...all, value]

function buildProgram(typedArguments: readonly string[]): Command {
  const program = new Command('uftp-mount')
    .version(version, '-V, --version', 'show the version')
    .argument('[TARGET]')
    .argument('[MOUNTPOINT]')
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: (text) => process.stdout.write(text) })
    .configureHelp({ formatHelp: () => helpText() })
    .enablePositionalOptions()
  const keys = new Map<string, OptionKey>()
  for (const [key, definition] of Object.entries<OptionDefinition>(optionTable)) {
    if (definition.flags === undefined) continue
    const option = new Option(definition.flags)
    keys.set(option.attributeName(), key as OptionKey)
    program.addOption(option)
  }
  program.option('-o <OPTIONS>', 'mount options', collect, [])
  program.action(async (...parameters: unknown[]) => {
    const { o: mountOptions, ...rest } = program.opts<{ o: string[] }>()
    const flags: Partial<Record<OptionKey, string | boolean>> = {}
    for (const [name, value] of Object.entries<string | boolean>(rest)) {
      flags[keys.get(name)!] = value
    }
    const { args: operands } = parameters.at(-1) as Command
    await mount({ operands, flags, mountOptions }, typedArguments)
  })
  const serving = program
    .command('serve')
    .argument('[DIR]')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .configureHelp({ formatHelp: () => helpText() })
  for (const { flags, help } of serveOptions) serving.option(flags, help)
  serving.action((directory: string | undefined, flags: ServeFlags) =>
    serve(directory ?? process.cwd(), flags),
  )
  return program
}

async function mount(line: CommandLine, typedArguments: readonly string[]): Promise<void> {
  const config = readConfig(line)
  if (isDaemon) {
    await mountAndServe(config, await receiveSecrets(), reportReady)
    return
  }
  const secrets = await collectSecrets(config, passwordInUserOption(line))
  if (config.foreground) await mountAndServe(config, secrets, async () => {})
  else {
    const entry = fileURLToPath(new URL('./main.js', import.meta.url))
    await startDaemon(entry, withoutPasswords(typedArguments), config, secrets)
  }
}

function asExit(error: unknown): { readonly exitCode: ExitCode; readonly message: string } {
  if (error instanceof ExitError) {
    return { exitCode: error.exitCode, message: error.message.replaceAll(/\s*\n\s*/g, ' ') }
  }
  if (error instanceof CommanderError) {
    // Help and version have been printed; everything else is a mistake in the arguments.
    if (error.exitCode === 0) return { exitCode: exitCodes.ok, message: '' }
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
    return { exitCode: exitCodes.usage, message: `${message} (see uftp-mount --help)` }
  }
  const text = error instanceof Error ? error.message : String(error)
  return { exitCode: exitCodes.system, message: text.replaceAll('\n', ' ') }
}
