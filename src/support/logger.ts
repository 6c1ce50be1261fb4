/**
 * What every part logs through. The sentence is constant, what varies goes into fields, so that
 * lines can be grouped. The implementation (pino) is chosen by the composition root.
 *
 * error: somebody lost something; warn: something is odd and worth a look; info: life-cycle;
 * debug: a line per request; trace: bytes.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  trace(message: string, fields?: LogFields): void
  /** True when a line of this level would be written: guards costly fields. */
  enabled(level: LogLevel): boolean
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'
export type LogFields = Readonly<Record<string, unknown>>

const ignore = (): void => {}

/** Drops everything; for tests and tools that have nowhere to log to. */
export const silentLogger: Logger = {
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
  enabled: () => false,
  child: () => silentLogger,
}
