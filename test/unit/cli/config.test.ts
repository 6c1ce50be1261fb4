import { describe, expect, it, vi } from 'vitest'
import { passwordInUserOption, readConfig, type CommandLine } from '../../../src/cli/config.ts'
import { parseMountOptions } from '../../../src/cli/mount-options.ts'
import { parseDuration, parseSize } from '../../../src/cli/values.ts'
import { withoutPasswords } from '../../../src/cli/visible-arguments.ts'

const target = 'https://h/rest/auth/S:/d'

function line(parts: Partial<CommandLine>): CommandLine {
  return { operands: [target, '/mnt/x'], flags: {}, mountOptions: [], ...parts }
}

describe('readConfig', () => {
  it('has the documented defaults', () => {
    const config = readConfig(line({}))
    expect(config).toMatchObject({
      mountpoint: '/mnt/x',
      foreground: false,
      logLevel: 'warn',
      sessions: 8,
      timeoutMs: 60_000,
      source: target,
      mountFlags: ['nosuid', 'nodev'],
      vfs: { attributeTimeoutMs: 1000, cacheBytes: 256 * 2 ** 20, readOnly: false },
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes -o options, the last one winning, with - for _', () => {
    const mountOptions = ['ro,attr-timeout=5,cache_size=1G', 'attr_timeout=0.5,umask=077,noexec']
    expect(readConfig(line({ mountOptions }))).toMatchObject({
      mountFlags: ['nosuid', 'nodev', 'noexec'],
      vfs: {
        attributeTimeoutMs: 500,
        cacheBytes: 2 ** 30,
        readOnly: true,
        fileMask: 0o77,
        directoryMask: 0o77,
      },
    })
  })

  it('takes the last word on each mount flag', () => {
    const mountOptions = ['noexec,noatime,exec,sync', 'async,dirsync']
    const { mountFlags } = readConfig(line({ mountOptions }))
    expect(mountFlags).toEqual(['nosuid', 'nodev', 'noatime', 'dirsync'])
  })

  it('lets root alone give powers to programs and devices of the far side', () => {
    const root = vi.spyOn(process, 'geteuid').mockReturnValue(0)
    expect(flagsOf('allow_suid,allow_dev,nodev')).toEqual(['suid', 'nodev'])
    // mount.fuse3 adds them unasked, for whomever.
    expect(flagsOf('suid,dev')).toEqual(['nosuid', 'nodev'])
    root.mockReturnValue(1000)
    expect(() => flagsOf('allow_suid')).toThrow('only root may mount with -o allow_suid')
    expect(() => flagsOf('allow_dev')).toThrow('only root')
    expect(flagsOf('suid,dev,exec')).toEqual(['nosuid', 'nodev'])
    root.mockRestore()
  })

  it('takes max_read from a page on, and a subtype without effect', () => {
    const mountOptions = ['max_read=64K,subtype=mine,auto_unmount']
    expect(readConfig(line({ mountOptions }))).toMatchObject({
      maxReadBytes: 65_536,
      autoUnmount: true,
    })
    expect(() => readConfig(line({ mountOptions: ['max_read=4095'] }))).toThrow('4K or more')
  })

  it('does not unmount what others have mounted', () => {
    const operands = [target, '/dev/fd/7']
    expect(readConfig(line({ operands })).mountpoint).toBe('/dev/fd/7')
    const mountOptions = ['auto_unmount']
    expect(() => readConfig(line({ operands, mountOptions }))).toThrow('auto_unmount: /dev/fd/7')
  })

  it('checks permissions in the kernel when others are let in', () => {
    expect(readConfig(line({ mountOptions: ['allow_other'] }))).toMatchObject({
      allowOther: true,
      defaultPermissions: true,
    })
  })

  it('signs on as the user of -u, of the target, or of the environment', () => {
    const operands = ['uftp://there@h/rest/auth/S:/d', '/mnt/x']
    const environment = { UFTP_USER: 'around' }
    expect(readConfig(line({ operands, flags: { user: 'here' } }), environment).user).toBe('here')
    expect(readConfig(line({ operands }), environment).user).toBe('there')
    expect(readConfig(line({}), environment).user).toBe('around')
  })

  it('takes the later of ro and rw', () => {
    expect(readConfig(line({ mountOptions: ['ro,rw'] })).vfs.readOnly).toBe(false)
    expect(readConfig(line({ mountOptions: ['rw', 'ro'] })).vfs.readOnly).toBe(true)
  })

  it('separates user and password of -u', () => {
    const withPassword = line({ flags: { user: 'me:se:cret' } })
    expect(readConfig(withPassword).user).toBe('me')
    expect(passwordInUserOption(withPassword)).toBe('se:cret')
    expect(JSON.stringify(readConfig(withPassword))).not.toContain('cret')
  })

  it.each([
    [{ flags: { demo: true }, operands: ['/mnt/x'] }, undefined, '/mnt/x'],
    [{ flags: { demo: '/mnt/x' }, operands: [] }, undefined, '/mnt/x'],
    [{ flags: { demo: '/srv' }, operands: ['/mnt/x'] }, '/srv', '/mnt/x'],
  ] as const)('understands --demo: %j', (parts, demoDirectory, mountpoint) => {
    expect(readConfig(line(parts))).toMatchObject({ demoDirectory, mountpoint, target: undefined })
  })

  it.each([
    [{ operands: [] }, /uftp-mount TARGET MOUNTPOINT/],
    [{ operands: [target] }, /uftp-mount TARGET MOUNTPOINT/],
    [{ operands: [target, '/a', '/b'] }, /uftp-mount TARGET MOUNTPOINT/],
    [{ mountOptions: ['frobnicate'] }, /unknown mount option "frobnicate"/],
    [{ mountOptions: ['ro=1'] }, /"ro" takes no value/],
    [{ mountOptions: ['uid'] }, /"uid" needs a value/],
    [{ mountOptions: ['uid=me'] }, /uid=me/],
    [{ mountOptions: ['umask=9'] }, /umask=9/],
    [{ mountOptions: ['cache_size=lots'] }, /cache_size=lots/],
    [{ mountOptions: ['attr_timeout=soon'] }, /attr_timeout=soon/],
    [{ mountOptions: ['sessions=0'] }, /sessions=0/],
    [{ mountOptions: ['timeout=0'] }, /timeout=0/],
    [{ mountOptions: ['timeout=1000h'] }, /timeout=1000h/],
    [{ operands: [target, ''] }, /mountpoint is empty/],
    [{ flags: { caFile: '/dev/null' } }, /no certificate/],
    [{ flags: { user: ':pw' } }, /-u needs a user name/],
    [{ flags: { caFile: '/no/such.pem' } }, /--cacert \/no\/such\.pem/],
  ] as const)('refuses %j', (parts, message) => {
    expect(() => readConfig(line(parts as Partial<CommandLine>))).toThrow(message)
  })
})

describe('values', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['64K', 65_536],
    ['1m', 2 ** 20],
    ['2GiB', 2 ** 31],
  ])('size %s', (text, bytes) => expect(parseSize('x', text)).toBe(bytes))

  it.each([
    ['1', 1000],
    ['0.25', 250],
    ['500ms', 500],
    ['5m', 300_000],
    ['1h', 3_600_000],
  ])('time %s', (text, ms) => expect(parseDuration('x', text)).toBe(ms))
})

describe('parseMountOptions', () => {
  it('lets commas stand in values', () => {
    expect(parseMountOptions(['fsname=a\\,b,ro']).values.get('source')).toBe('a,b')
  })

  it('ignores what fstab and systemd write', () => {
    const parsed = parseMountOptions(['_netdev,nofail,x-systemd.automount,comment=x,rw,user'])
    expect(parsed.values.size).toBe(0)
    expect(parsed.mountFlags).toEqual([])
  })
})

describe('withoutPasswords', () => {
  it.each([
    [
      ['-u', 'me:pw', 'T', 'M'],
      ['-u', 'me', 'T', 'M'],
    ],
    [['-ume:pw'], ['-ume']],
    [
      ['-fu', 'me:pw'],
      ['-fu', 'me'],
    ],
    [['-fume:pw'], ['-fume']],
    [
      ['--user', 'me:p:w'],
      ['--user', 'me'],
    ],
    [['--user=me:pw'], ['--user=me']],
    [['uftp://me:pw@h/rest/auth/S:/d'], ['uftp://me@h/rest/auth/S:/d']],
    [['https://h:9000/rest/auth/S:/a:b@c'], ['https://h:9000/rest/auth/S:/a:b@c']],
    [['-ouid=1,fsname=a:b'], ['-ouid=1,fsname=a:b']],
    [['uftp://me:p@ss%2F:x@h/rest/auth/S:/d'], ['uftp://me@h/rest/auth/S:/d']],
    [['https://me:pa/ss@h:1/rest/auth/S:/d'], ['https://***']],
    [
      ['-o', 'uid=1'],
      ['-o', 'uid=1'],
    ],
  ])('%j', (typed, cleaned) => expect(withoutPasswords(typed)).toEqual(cleaned))
})

function flagsOf(mountOptions: string): readonly string[] {
  return readConfig(line({ mountOptions: [mountOptions] })).mountFlags
}
