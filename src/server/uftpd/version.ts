/**
 * The UFTPD version whose protocol is spoken: clients parse three numbers out of the banner and
 * choose by them. What else the server is stands behind the comma.
 */
export const protocolVersion = '3.5.3'
export const banner = `220 UFTPD ${protocolVersion}, uftp-mount`
