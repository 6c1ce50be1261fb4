/** Receives an open descriptor from another process (SCM_RIGHTS), which Node cannot. */

import { closeSync } from 'node:fs'
import { ErrnoError } from '../../support/errno-error.ts'
import { controlHeadBytes, recvmsg, socketpair } from './libc.ts'

// sys/socket.h of Linux, the same on all its platforms but for mips and sparc.
const afUnix = 1
const sockStream = 1
const sockCloexec = 0o2000000
const solSocket = 1
const scmRights = 1
const msgDontwait = 0x40
const msgCmsgCloexec = 0x40000000

export class DescriptorChannel implements Disposable {
  /** For the process that sends. */
  readonly senderFd: number
  readonly #receiverFd: number

  constructor() {
    const pair = new Int32Array(2)
    if (socketpair(afUnix, sockStream | sockCloexec, 0, pair) !== 0) {
      throw new ErrnoError('EMFILE', 'socketpair')
    }
    this.#receiverFd = pair[0]!
    this.senderFd = pair[1]!
  }

  /** After the sender has sent: the descriptor, close-on-exec. EPROTO: none has come. */
  receive(): number {
    const control = new Int32Array((controlHeadBytes + 8) / 4)
    const message = {
      msg_iov: [{ iov_base: Buffer.alloc(1), iov_len: 1 }],
      msg_iovlen: 1,
      msg_control: new Uint8Array(control.buffer),
      msg_controllen: control.byteLength,
    }
    const received = recvmsg(this.#receiverFd, message, msgDontwait | msgCmsgCloexec)
    const dataAt = controlHeadBytes / 4
    const [level, type, descriptor] = control.subarray(dataAt - 2)
    const isDescriptor = level === solSocket && type === scmRights
    if (received < 1 || !isDescriptor || descriptor === undefined) {
      throw new ErrnoError('EPROTO', 'no descriptor came over the socket')
    }
    return descriptor
  }

  [Symbol.dispose](): void {
    closeSync(this.#receiverFd)
    closeSync(this.senderFd)
  }
}
