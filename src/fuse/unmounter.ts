/** Takes mounts away: as root by umount(8), as an ordinary user by fusermount3(1). */

import type { Helpers } from './helpers.ts'

export interface Unmounter {
  /**
   * EBUSY: in use. `force`: takes it out of sight even so, and ends the service where that is
   * allowed; where it is not, the mount lives on unseen until its last user goes.
   */
  unmount(mountpoint: string, force: boolean): Promise<void>
  /** By force, while the process exits; true if it succeeded. */
  unmountNow(mountpoint: string): boolean
  /** The command line of a forced unmount, for whoever does it in our place. */
  unmountCommand(mountpoint: string): readonly string[]
}

export function createRootUnmounter(helpers: Helpers): Unmounter {
  return createUnmounter(helpers, 'umount', (mountpoint, force) => [
    // -i: without a helper program of the type; -c: the path is canonical already, umount need not
    // look at what we serve; -f: fails the requests under way and ends the service.
    ...['-i', '-c', ...(force ? ['-f', '-l'] : []), mountpoint],
  ])
}

export function createUserUnmounter(helpers: Helpers, fusermount: string): Unmounter {
  return createUnmounter(helpers, fusermount, (mountpoint, force) => [
    ...['-u', ...(force ? ['-z'] : []), '--', mountpoint],
  ])
}

/** `force`, -l and -z: even if in use. */
function createUnmounter(
  helpers: Helpers,
  program: string,
  args: (mountpoint: string, force: boolean) => readonly string[],
): Unmounter {
  return {
    unmount: (mountpoint, force) =>
      helpers.run(`unmount of ${mountpoint}`, program, args(mountpoint, force)),
    unmountNow: (mountpoint) => helpers.runNow(program, args(mountpoint, true)),
    unmountCommand: (mountpoint) => [program, ...args(mountpoint, true)],
  }
}
