import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildServer, MemoryMount } from '../../support/fuse/memory-mount.ts'
import {
  requireBackend,
  requireFuse,
  requirePrograms,
  requireRoot,
} from '../../support/mount/requirements.ts'

beforeAll(buildServer)
beforeEach((context) => {
  requireFuse(context)
  requireRoot(context, 'mounts without a helper')
  requirePrograms(context, ['python3', 'fallocate'])
})

describe.each([{ plain: false }, { plain: true }])(
  'files of a mount, plain: $plain,',
  ({ plain }) => {
    const settings = { filesystem: { plain } }

    test('tell where their holes are', async () => {
      await using mount = await MemoryMount.start({ settings })
      const output = await mount.python(`
fd = os.open('f', os.O_RDWR | os.O_CREAT)
os.pwrite(fd, b'x', 5 << 20)
print(os.lseek(fd, 0, os.SEEK_DATA) >> 20, os.lseek(fd, 0, os.SEEK_HOLE) >> 20)
print(os.lseek(fd, 5 << 20, os.SEEK_HOLE) - (5 << 20))
for offset in (6 << 20, -1):
    try: os.lseek(fd, offset, os.SEEK_DATA)
    except OSError as error: print(error.errno)`)
      // Without the verb the whole file is data, for all that the kernel knows. 6: ENXIO.
      const [data, hole] = plain ? [0, 5] : [5, 0]
      expect(output).toBe(`${data} ${hole}\n1\n6\n6\n`)
      expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
    })

    test('are copied, by the file system if it can', async () => {
      await using mount = await MemoryMount.start({ settings: { ...settings, debug: true } })
      await mount.shell('head -c 3000000 /dev/urandom > a')
      const requests = await mount.requestsOf(() =>
        mount.python(`
a, b = os.open('a', os.O_RDONLY), os.open('b', os.O_RDWR | os.O_CREAT)
copied = 0
while count := os.copy_file_range(a, b, 3000000 - copied): copied += count
assert copied == 3000000`),
      )
      const count = (name: string) => requests.filter((line) => line.startsWith(`${name} `)).length
      expect(count('WRITE') === 0).toBe(!plain)
      // Asked once, and not again: 7.45 has a second opcode.
      if (plain) expect(count('COPY_FILE_RANGE') + count('COPY_FILE_RANGE_64')).toBeLessThan(3)
      expect(await mount.shell('cp a c; cmp a b; cmp a c; stat -c %s c')).toBe('3000000\n')
    })
  },
)

describe.each(['kernel', 'native'] as const)('files of a mount, %s backend,', (backend) => {
  beforeEach((context) => requireBackend(context, backend))
  const settings = { backend }

  test('are allocated, punched and cleared', async () => {
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.shell(`
      size() { stat -c %s f; }
      content() { tr '\\0' . < f; echo; }
      printf abcdefgh > f
      fallocate -n -l 100 f; size
      fallocate -o 4 -l 6 f; size; content
      fallocate -p -o 1 -l 2 f; content
      fallocate -z -o 5 -l 7 f; size; content
      fallocate -z -n -o 0 -l 100 f; size; content
      fallocate -c -o 0 -l 4096 f 2>&1 | grep -o 'not supported'
      fallocate -i -o 0 -l 4096 f 2>&1 | grep -o 'not supported'`)
    expect(output.split('\n')).toEqual([
      '8',
      '10',
      'abcdefgh..',
      'a..defgh..',
      '12',
      'a..de.......',
      '12',
      '............',
      'not supported',
      'not supported',
      '',
    ])
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('are locked against other processes of this machine', async () => {
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.python(`
import fcntl
open('f', 'w').close()
def attempt(lock, *range):
    child = os.fork()
    if child == 0:
        try: lock(open('f', 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB, *range); os._exit(0)
        except BlockingIOError: os._exit(1)
        except BaseException: os._exit(2)
    return ['free', 'locked', 'failed'][os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
with open('f', 'r+') as held:
    fcntl.flock(held, fcntl.LOCK_EX)
    print(attempt(fcntl.flock))
    fcntl.flock(held, fcntl.LOCK_UN)
    fcntl.lockf(held, fcntl.LOCK_EX, 10, 5)
    print(attempt(fcntl.flock), attempt(fcntl.lockf, 10, 0), attempt(fcntl.lockf, 10, 20))
print(attempt(fcntl.lockf, 10, 0))`)
    expect(output).toBe('locked\nfree locked free\nfree\n')
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('are mapped, shared and executed', async () => {
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.python(`
import mmap
with open('f', 'w+b') as file:
    file.truncate(3 * 4096)
    with mmap.mmap(file.fileno(), 0) as shared:
        shared[4090:4102] = b'hello, world'
        print(os.pread(os.open('f', os.O_RDONLY), 12, 4090))
print(open('f', 'rb').read()[4090:4102])`)
    expect(output).toBe("b'hello, world'\nb'hello, world'\n")
    const run = `cp "$(command -v env)" run; ./run echo executed; ./run ./run echo twice`
    expect(await mount.shell(run)).toBe('executed\ntwice\n')
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })

  test('have their times set one by one, to the nanosecond', async () => {
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.shell(`
      times() { TZ=UTC stat -c '%.9X %.9Y' f; }
      touch -d '2001-02-03 04:05:06.123456789' f; times
      touch -m -d '2011-02-03 04:05:06.987654321' f; times
      touch -a -d '1969-12-31 23:59:59.000000001' f; times
      cp -p f g; TZ=UTC stat -c '%.9Y' g
      ln -s f l; touch -h -d '1999-01-01 00:00:00.5' l; times; TZ=UTC stat -c '%.9Y' l`)
    expect(output.split('\n')).toEqual([
      '981173106.123456789 981173106.123456789',
      '981173106.123456789 1296705906.987654321',
      '-0.999999999 1296705906.987654321',
      '1296705906.987654321',
      '-0.999999999 1296705906.987654321',
      '915148800.500000000',
      '',
    ])
    await mount.stop()
  })
})

describe('files of a mount', () => {
  test('lose set-uid and set-gid bits when somebody else writes', async () => {
    const settings = { mount: { allowOther: true } }
    await using mount = await MemoryMount.start({ settings })
    const output = await mount.python(`
open('f', 'w').close(); os.chmod('f', 0o6777)
os.setresuid(65534, 65534, 65534)
with open('f', 'r+b') as file: file.write(b'x')
print(oct(os.stat('f').st_mode))`)
    expect(output).toBe('0o100777\n')
    expect(await mount.stop()).toMatchObject({ code: 0, errors: '' })
  })
})
