import type { LogFields, Logger } from '../../../src/support/logger.ts'

/** Writes lines to stderr: errors, warnings and life-cycle, on demand each request. */
export function lineLogger(debug: boolean): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`)
    }
  const ignore = (): void => {}
  const logger: Logger = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: debug ? write('debug') : ignore,
    trace: ignore,
    enabled: (level) => level !== 'trace' && (debug || level !== 'debug'),
    child: () => logger,
  }
  return logger
}
