/** Lines of a program's output that somebody should worry about: of level error or warn, or a stack. */
export function logProblems(output: string): string[] {
  return output.split('\n').filter((line) => worrying.some((pattern) => pattern.test(line)))
}

const worrying = [
  /^\[[^\]]*\] (ERROR|WARN|FATAL)\b/,
  /^\s+at .*:\d+:\d+\)?$/,
  /"level":(4|5|6)0\b/,
  /Warning: /,
  /^Uncaught|unhandled/i,
]
