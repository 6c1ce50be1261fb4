/**
 * THE options of `uftp-mount TARGET MOUNTPOINT`. Command-line flags, `-o` names, `--help`, the
 * table in the README and the checks all derive from this one table.
 */

export type OptionKind =
  'flag' | 'text' | 'file' | 'size' | 'duration' | 'mask' | 'id' | 'count' | 'choice'

export interface OptionDefinition {
  /** As commander writes them: `-u, --user <USER>`. */
  readonly flags?: string
  /** The name after `-o`; with `=value` unless it is a flag. */
  readonly mountOption?: string
  readonly kind: OptionKind
  /** For people; undefined: none. */
  readonly defaultText?: string
  readonly help: string
}

export const optionTable = {
  user: {
    flags: '-u, --user <USER[:PASSWORD]>',
    kind: 'text',
    defaultText: '$UFTP_USER, then your login',
    help: 'sign on as USER; "anonymous" signs on without a password',
  },
  askPassword: {
    flags: '-P, --password',
    kind: 'flag',
    help: 'ask for the password on the terminal, unless $UFTP_PASSWORD is set',
  },
  oneTimePasswordFile: {
    flags: '--one-time-password-file <FILE>',
    mountOption: 'one_time_password_file',
    kind: 'file',
    help: 'for uftpd:// targets: where the one-time password stands (else $UFTP_ONE_TIME_PASSWORD)',
  },
  caFile: {
    flags: '--cacert <FILE>',
    mountOption: 'cacert',
    kind: 'file',
    help: "trust the certificates in this PEM file, instead of the system's",
  },
  insecure: {
    flags: '--insecure',
    mountOption: 'insecure',
    kind: 'flag',
    help: "do not check the Auth server's certificate (the password may go to anybody)",
  },
  demo: {
    flags: '--demo [DIR]',
    kind: 'flag',
    help: 'instead of a target: serve DIR (default: a temporary directory) from here and mount that',
  },
  foreground: {
    flags: '-f, --foreground',
    kind: 'flag',
    help: 'stay in the foreground and log to stderr',
  },
  debug: {
    flags: '-d, --debug',
    mountOption: 'debug',
    kind: 'flag',
    help: 'log every request; implies -f',
  },
  verbose: {
    flags: '-v, --verbose',
    kind: 'flag',
    help: 'log what is being done (with -f or --log-file)',
  },
  logFile: {
    flags: '--log-file <FILE>',
    mountOption: 'log_file',
    kind: 'file',
    defaultText: 'none in the background, stderr with -f',
    help: 'log to FILE (10 MiB at most, then FILE.1)',
  },
  readOnly: {
    flags: '-r, --read-only',
    mountOption: 'ro',
    kind: 'flag',
    help: 'mount read-only',
  },
  uid: {
    mountOption: 'uid',
    kind: 'id',
    defaultText: 'as the server tells, your own files yours',
    help: 'owner shown for all files',
  },
  gid: {
    mountOption: 'gid',
    kind: 'id',
    defaultText: 'as the server tells, your own files yours',
    help: 'group shown for all files',
  },
  umask: {
    mountOption: 'umask',
    kind: 'mask',
    defaultText: "none: the server's modes",
    help: 'show modes as 777 without these bits (octal), for files and directories',
  },
  fileMask: { mountOption: 'fmask', kind: 'mask', help: 'the same for files only' },
  directoryMask: { mountOption: 'dmask', kind: 'mask', help: 'the same for directories only' },
  allowOther: {
    mountOption: 'allow_other',
    kind: 'flag',
    help: 'let other local users in, with your rights on the server; implies default_permissions',
  },
  defaultPermissions: {
    mountOption: 'default_permissions',
    kind: 'flag',
    help: 'the kernel checks modes and owners as shown',
  },
  allowSuid: {
    mountOption: 'allow_suid',
    kind: 'flag',
    help: 'let set-uid bits of the far side count here; only for root',
  },
  allowDev: {
    mountOption: 'allow_dev',
    kind: 'flag',
    help: 'let device files of the far side count here; only for root',
  },
  autoUnmount: {
    mountOption: 'auto_unmount',
    kind: 'flag',
    help: 'unmount also when the process is killed',
  },
  maxReadBytes: {
    mountOption: 'max_read',
    kind: 'size',
    defaultText: '1M',
    help: "the kernel's largest read request; 1M at most",
  },
  attributeTimeoutMs: {
    mountOption: 'attr_timeout',
    kind: 'duration',
    defaultText: '1s',
    help: 'believe attributes for so long',
  },
  entryTimeoutMs: {
    mountOption: 'entry_timeout',
    kind: 'duration',
    defaultText: '1s',
    help: 'believe names for so long',
  },
  negativeTimeoutMs: {
    mountOption: 'negative_timeout',
    kind: 'duration',
    defaultText: '1s',
    help: 'believe for so long that a name does not exist',
  },
  directoryTimeoutMs: {
    mountOption: 'dir_timeout',
    kind: 'duration',
    defaultText: '1s',
    help: 'believe a whole listing for so long',
  },
  cacheBytes: {
    mountOption: 'cache_size',
    kind: 'size',
    defaultText: '256M',
    help: 'memory for file content',
  },
  readAheadBytes: {
    mountOption: 'readahead',
    kind: 'size',
    defaultText: '64M',
    help: 'largest read-ahead of sequential readers; 0: none',
  },
  dirtyBytes: {
    mountOption: 'write_buffer',
    kind: 'size',
    defaultText: '64M',
    help: 'memory for written data that the server has not confirmed; writers wait beyond',
  },
  sessions: {
    mountOption: 'sessions',
    kind: 'count',
    defaultText: '8',
    help: 'most UFTP sessions at a time (the server may grant fewer)',
  },
  timeoutMs: {
    mountOption: 'timeout',
    kind: 'duration',
    defaultText: '60s',
    help: 'give an operation up after so long without progress',
  },
  fuseBackend: {
    flags: '--fuse-backend <BACKEND>',
    mountOption: 'fuse_backend',
    kind: 'choice',
    defaultText: 'auto',
    help: 'how to speak to FUSE: kernel (directly), native (through libfuse), auto (kernel on Linux)',
  },
  source: {
    mountOption: 'fsname',
    kind: 'text',
    defaultText: 'the target',
    help: 'source shown in /proc/mounts',
  },
} as const satisfies Record<string, OptionDefinition>

export type OptionKey = keyof typeof optionTable

/**
 * Passed on to mount(8); behind each flag the one that takes it back. What nosuid and nodev keep out
 * comes back by allow_suid and allow_dev alone: mount.fuse3 adds suid and dev unasked.
 */
export const mountFlagOpposites: ReadonlyMap<string, string | undefined> = new Map([
  ['nosuid', undefined],
  ['nodev', undefined],
  ['noexec', 'exec'],
  ['noatime', 'atime'],
  ['sync', 'async'],
  ['dirsync', undefined],
])

/** Written by fstab, systemd and habit; they mean nothing here or are what we do anyway. */
export const ignoredMountOptions: ReadonlySet<string> = new Set([
  'defaults',
  'suid',
  'dev',
  'auto',
  'noauto',
  'user',
  'nouser',
  'users',
  'nofail',
  '_netdev',
  'no_netdev',
  'relatime',
  'nodiratime',
  'diratime',
  'reconnect',
  'nonempty',
  'auto_cache',
  'subtype',
])
