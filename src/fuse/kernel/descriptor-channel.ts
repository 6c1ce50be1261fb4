/**
 * Receives an open descriptor from another process (SCM_RIGHTS), which Node cannot. libc is called
 * through koffi, loaded only when it is needed.
 */

import { closeSync } from 'node:fs'
import { ErrnoError } from '../../support/errno-error.ts'
import { alignUp } from './struct.ts'

export interface DescriptorChannel {
  /** For the process that sends. */
  readonly senderFd: number
  /** After the sender has sent: the descriptor, close-on-exec. EPROTO: none has come. */
  receive(): number
  close(): void
}

// sys/socket.h of Linux, the same on all its platforms but for mips and sparc.
const afUnix = 1
const sockStream = 1
const sockCloexec = 0o2000000
const solSocket = 1
const scmRights = 1
const msgDontwait = 0x40
const msgCmsgCloexec = 0x40000000

export async function createDescriptorChannel(): Promise<DescriptorChannel> {
  const libc = await loadLibc()
  const pair = new Int32Array(2)
  if (libc.socketpair(afUnix, sockStream | sockCloexec, 0, pair) !== 0) {
    throw new ErrnoError('EMFILE', 'socketpair')
  }
  const [receiverFd, senderFd] = pair as unknown as [number, number]
  return {
    senderFd,
    receive: () => receiveDescriptor(libc, receiverFd),
    close: () => {
      closeSync(receiverFd)
      closeSync(senderFd)
    },
  }
}

interface Libc {
  socketpair(domain: number, type: number, protocol: number, pair: Int32Array): number
  recvmsg(fd: number, message: object, flags: number): number
  /** CMSG_LEN(0), and where the first descriptor stands in the control data. */
  readonly controlHeadBytes: number
}

async function loadLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi')
  const libc = koffi.load(null)
  const iovec = koffi.struct({ iov_base: 'void *', iov_len: 'size_t' })
  const msghdr = koffi.struct({
    msg_name: 'void *',
    msg_namelen: 'uint32_t',
    msg_iov: koffi.pointer(iovec),
    msg_iovlen: 'size_t',
    msg_control: 'void *',
    msg_controllen: 'size_t',
    msg_flags: 'int',
  })
  const sizeBytes = koffi.sizeof('size_t')
  return {
    socketpair: libc.func('socketpair', 'int', ['int', 'int', 'int', 'int *']),
    recvmsg: libc.func('recvmsg', 'ssize_t', ['int', koffi.pointer(msghdr), 'int']),
    // struct cmsghdr: size_t cmsg_len, int cmsg_level, int cmsg_type.
    controlHeadBytes: alignUp(sizeBytes + 8, sizeBytes),
  }
}

function receiveDescriptor(libc: Libc, fd: number): number {
  const control = Buffer.alloc(libc.controlHeadBytes + 8)
  const message = {
    msg_iov: [{ iov_base: Buffer.alloc(1), iov_len: 1 }],
    msg_iovlen: 1,
    msg_control: control,
    msg_controllen: control.length,
    msg_namelen: 0,
    msg_flags: 0,
  }
  const received = libc.recvmsg(fd, message, msgDontwait | msgCmsgCloexec)
  const integers = new Int32Array(control.buffer, control.byteOffset, control.length / 4)
  const dataAt = libc.controlHeadBytes / 4
  const [level, type, descriptor] = [integers[dataAt - 2], integers[dataAt - 1], integers[dataAt]]
  const isDescriptor = level === solSocket && type === scmRights
  if (received < 1 || !isDescriptor || descriptor === undefined) {
    throw new ErrnoError('EPROTO', 'no descriptor came over the socket')
  }
  return descriptor
}
