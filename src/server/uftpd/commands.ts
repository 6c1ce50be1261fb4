/** All commands, by verb. */

import { attributeCommands } from './attribute-commands.ts'
import type { Command } from './command.ts'
import { connectionCommands } from './connection-commands.ts'
import { hashCommands } from './hash-commands.ts'
import { listingCommands } from './listing-commands.ts'
import { namespaceCommands } from './namespace-commands.ts'
import { optionCommands } from './option-commands.ts'
import { siteCommand } from './site-commands.ts'
import { transferCommands } from './transfer-commands.ts'

/** A Map: no verb can meet a property of Object. */
export const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    ...connectionCommands,
    ...optionCommands,
    ...listingCommands,
    ...transferCommands,
    ...namespaceCommands,
    ...attributeCommands,
    ...siteCommand,
    ...hashCommands,
  }),
)
