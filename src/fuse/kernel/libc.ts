/** The few calls of libc that Node does not have, through koffi; loaded only where needed. */

import koffi from 'koffi'
import { alignUp } from './struct.ts'

const library = koffi.load(null)

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

/** CMSG_LEN(0). struct cmsghdr is: size_t cmsg_len, int cmsg_level, int cmsg_type. */
export const controlHeadBytes = alignUp(sizeBytes + 8, sizeBytes)

/** socketpair(2): fills `pair`; 0 or -1. */
export const socketpair = library.func('socketpair', 'int', ['int', 'int', 'int', 'int *']) as (
  domain: number,
  type: number,
  protocol: number,
  pair: Int32Array,
) => number

/** The part of struct msghdr that a receiver sets. */
export interface ReceivedMessage {
  readonly msg_iov: readonly { readonly iov_base: Uint8Array; readonly iov_len: number }[]
  readonly msg_iovlen: number
  readonly msg_control: Uint8Array
  readonly msg_controllen: number
}

/** recvmsg(2): fills the memory that `message` points to; bytes or -1. */
export const recvmsg = library.func('recvmsg', 'intptr_t', [
  'int',
  koffi.pointer(msghdr),
  'int',
]) as (fd: number, message: ReceivedMessage, flags: number) => number

/** _exit(2): ends the process at once, waiting for none of its threads. */
export const exitNow = library.func('_exit', 'void', ['int']) as (code: number) => void

/** fcntl(2) of flags; -1: failure. */
const fcntl = library.func('fcntl', 'int', ['int', 'int', '...']) as (
  fd: number,
  command: number,
  ...argument: readonly ['int', number]
) => number

// asm-generic/fcntl.h, the same on all platforms of Node but for mips and sparc.
const setDescriptorFlags = 2
const getFlags = 3
const setFlags = 4
const closeOnExecFlag = 1
const nonBlocking = 0o4000

/** Takes O_NONBLOCK from a descriptor that others have opened. */
export function makeBlocking(fd: number): void {
  fcntl(fd, setFlags, 'int', fcntl(fd, getFlags, 'int', 0) & ~nonBlocking)
}

/** Keeps a descriptor from the programs that we start. */
export function closeOnExec(fd: number): void {
  fcntl(fd, setDescriptorFlags, 'int', closeOnExecFlag)
}
