/**
 * For exits that do not wait for the unmount: asked for outright, or by an uncaught exception. They
 * would leave a dead mount, or worse: a process that exits joins the threads of its libuv pool, and
 * those that wait in read(2) of /dev/fuse end only with the mount; it would hang, and every program
 * that uses the mount with it. The guard never decides that the process ends: it runs when that is
 * under way.
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
