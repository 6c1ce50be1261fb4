/** The Logger of the whole program, made of pino: readable lines for people, to stderr or a file. */

import pino, { type Logger as Pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogFields, Logger, LogLevel } from '../support/logger.ts'
import { usageError } from './exit.ts'
import { BoundedLogFile } from './log-file.ts'
import { reasonOf } from './reason.ts'

export interface LogSettings {
  readonly level: LogLevel
  /** Absent: stderr. */
  readonly file?: string | undefined
}

export function createLogger(settings: LogSettings): Logger {
  const stream = pretty({
    colorize: settings.file === undefined && process.stderr.isTTY,
    destination: settings.file === undefined ? 2 : openLogFile(settings.file),
    errorLikeObjectKeys: [],
    hideObject: false,
    ignore: 'pid,hostname',
    singleLine: true,
    sync: true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
  })
  const options = { level: settings.level, serializers: { error: serializeError } }
  return wrap(pino(options, stream))
}

function openLogFile(path: string): BoundedLogFile {
  try {
    return new BoundedLogFile(path)
  } catch (error) {
    throw usageError(`--log-file ${path}: ${reasonOf(error)}`)
  }
}

function wrap(log: Pino): Logger {
  return {
    error: (message, fields) => log.error(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    debug: (message, fields) => log.debug(fields ?? {}, message),
    trace: (message, fields) => log.trace(fields ?? {}, message),
    enabled: (level: LogLevel) => log.isLevelEnabled(level),
    child: (fields: LogFields) => wrap(log.child(fields)),
  }
}

/** Message and causes on one line; the stack only where somebody may have to debug it. */
function serializeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : ` (cause: ${serializeError(error.cause)})`
  const unexpected = error instanceof TypeError || error instanceof RangeError
  return (unexpected ? (error.stack ?? error.message) : error.message) + cause
}
