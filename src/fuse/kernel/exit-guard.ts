/**
 * A process that exits joins the threads of its libuv pool, and those that wait in read(2) of
 * /dev/fuse end only with the mount. Without a guard, process.exit() and an uncaught exception
 * would hang, and with them every program that uses the mount.
 */

/** `abandon` runs, synchronously, while the process exits. Gives what takes the guard away. */
export function guardExit(abandon: (exitCode: number) => void): () => void {
  const onExit = (exitCode: number): void => {
    try {
      abandon(exitCode)
    } catch {
      process.kill(process.pid, 'SIGKILL')
    }
  }
  process.once('exit', onExit)
  return () => process.off('exit', onExit)
}
