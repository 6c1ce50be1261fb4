import type { LogFields, Logger, LogLevel } from '../../../src/support/logger.ts'

const ignore = (): void => {}

/** Writes lines to stderr: errors, warnings and life-cycle, on demand each request. */
export function lineLogger(debug: boolean): Logger {
  const logger: Logger = {
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: debug ? writer('debug') : ignore,
    trace: ignore,
    enabled: (level) => level !== 'trace' && (debug || level !== 'debug'),
    child: () => logger,
  }
  return logger
}

function writer(level: LogLevel) {
  return (message: string, fields: LogFields = {}): void => {
    process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`)
  }
}
