/**
 * All sides over one served directory: our uftpd, the UFTPD that the environment names, an sshd.
 * The directory belongs to the account that the named UFTPD works as; the others work as us.
 */

import { ExternalServer, externalSettings } from '../../test/support/mount/external-server.ts'
import { OurServer } from '../../test/support/mount/our-server.ts'
import { findProgram } from '../../test/support/mount/requirements.ts'
import type { DisposalStack } from '../../src/support/disposal-stack.ts'
import { CurlSide } from './curl-side.ts'
import { GivenSide } from './given-side.ts'
import type { GivenMount } from './given-side.ts'
import { RawSide } from './raw-side.ts'
import { RcloneSide } from './rclone-side.ts'
import type { Side } from './side.ts'
import { SshServer } from './ssh-server.ts'
import { SshfsSide } from './sshfs-side.ts'
import { UftpMountSide } from './uftp-mount-side.ts'
import { UftpServer } from './uftp-server.ts'

export interface AllSides {
  /** Behind all of them. */
  readonly directory: string
  readonly sides: readonly Side[]
  /** What could not be started, and why. */
  readonly missing: readonly string[]
}

/** Starts the servers; what was started ends with the stack. */
export async function startSides(
  scratch: string,
  given: readonly GivenMount[],
  stack: DisposalStack,
): Promise<AllSides> {
  const ours = stack.use(await OurServer.start(scratch, { privileged: true }))
  const settings = externalSettings()
  const external = settings && stack.use(new ExternalServer(settings))
  const directory = await (external ?? ours).makeDirectory()

  const server = new UftpServer(ours, directory)
  const sides: Side[] = [new UftpMountSide('ours', server, scratch)]
  const limits: Side[] = [new RawSide('raw', server)]
  if (external) {
    const stock = new UftpServer(external, directory)
    sides.push(new UftpMountSide('ours×stock', stock, scratch))
    limits.push(new RawSide('raw×stock', stock))
  }
  limits.push(new CurlSide(server, scratch))

  const missing = ['sshfs', 'rclone', 'sshd', 'ssh-keygen'].filter((name) => !findProgram(name))
  if (!missing.includes('sshd') && !missing.includes('ssh-keygen')) {
    const sshd = stack.use(await SshServer.start(scratch))
    if (findProgram('sshfs')) sides.push(new SshfsSide(sshd, directory, scratch))
    if (findProgram('rclone')) sides.push(new RcloneSide(sshd, directory, scratch))
  }
  sides.push(...given.map((mount) => stack.use(new GivenSide(mount))))
  limits.push({ kind: 'local', name: 'local', directory })
  return { directory, sides: [...sides, ...limits], missing }
}
