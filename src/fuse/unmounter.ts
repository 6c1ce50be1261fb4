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
  // -i: without a helper program of the type; -c: the path is canonical already, umount need not
  // look at what we serve; -f: fails the requests under way and ends the service.
  return createUnmounter(helpers, 'umount', ['-i', '-c'], ['-f', '-l'])
}

export function createUserUnmounter(helpers: Helpers, fusermount: string): Unmounter {
  return createUnmounter(helpers, fusermount, ['-u'], ['-z'])
}

/** `forced`: further words; -l and -z: even if in use. */
function createUnmounter(
  helpers: Helpers,
  program: string,
  words: readonly string[],
  forced: readonly string[],
): Unmounter {
  const args = (mountpoint: string, force: boolean): readonly string[] => [
    ...words,
    ...(force ? forced : []),
    '--',
    mountpoint,
  ]
  return {
    unmount: (mountpoint, force) =>
      helpers.run(`unmount of ${mountpoint}`, program, args(mountpoint, force)),
    unmountNow: (mountpoint) => helpers.runNow(program, args(mountpoint, true)),
    unmountCommand: (mountpoint) => [program, ...args(mountpoint, true)],
  }
}
