/** What fails must fail the way it does elsewhere: same exit code, same words. */

import { expect } from 'vitest'
import { sameOnBoth } from '../../support/mount/scenario.ts'
import type { Scenario, ScenarioContext } from '../../support/mount/scenario.ts'

export const errors: readonly Scenario[] = [
  sameOnBoth(
    'missing files and directories',
    `
    for command in 'cat none' 'ls none' 'rm none' 'mv none other' 'rmdir none' 'cp none other' 'cat none/none' \\
      'mkdir none/d' 'chmod 600 none' 'truncate -c -s 1 none' 'stat none' 'mv none none2/x' 'touch -c none'; do
      $command 2>&1 && echo "$command: ok" || echo "exit $?"
    done; echo x 2>/dev/null > none/f || echo "exit $?"`,
  ),

  sameOnBoth(
    'files and directories in place of each other',
    `
    mkdir d full; echo x > f; echo y > full/y
    for command in 'mkdir d' 'mkdir f' 'rmdir full' 'rmdir f' 'rm d' 'cat d' 'cat f/x' 'ls f/x' 'mkdir f/d' 'mv -T f d' \\
      'mv -T d f' 'mv -T d full' 'mv full full/sub' 'cp f full/none/x' 'cd f' 'touch f/x' 'unlink d' 'mv d/. e'; do
      $command 2>&1 && echo "$command: ok" || echo "exit $?"
    done; (echo z > d) 2>/dev/null || echo "exit $?"`,
  ),

  sameOnBoth(
    'a failed command leaves the next ones alone',
    `
    for i in $(seq 1 30); do cat none$i 2>/dev/null || true; echo $i > f$i; rmdir f$i 2>/dev/null || true; cat f$i; done`,
  ),

  {
    name: 'a full disk is reported and the mount lives on',
    needsRoot: 'a small file system is mounted behind the server',
    expectedLog: /ERROR: written data was refused and is lost/,
    run: fullDisk,
  },

  {
    name: 'links, pipes, sockets and devices are refused by name',
    programs: ['python3'],
    impossible: { ours: 'our uftpd makes all of them but devices' },
    run: whatCannotBeMade,
  },

  sameOnBoth(
    'names that are taken are told before what cannot be made',
    `
    echo x > f; mkdir d; for command in 'ln -s g f' 'ln f d/../f' 'mkfifo f' 'mkfifo d' 'ln -sT g d'; do
      $command 2>&1 && echo "$command: ok" || echo "exit $?"
    done; long=$(printf %0300d 0); { ln -s g $long 2>&1 || true; } | grep -o 'File name too long'
    { mkfifo $long 2>&1 || true; } | grep -o 'File name too long'; ls`,
  ),

  {
    name: 'what the account may not do is refused',
    needsRoot: 'files of another user are made behind the server',
    run: othersFiles,
  },

  {
    name: 'files in a closed directory are forbidden, not missing',
    needsRoot: 'files of another user are made behind the server',
    impossible: { external: 'UFTPD answers alike for what is missing and what is forbidden' },
    run: closedDirectory,
  },
]

async function whatCannotBeMade({ inMount, onFarSide }: ScenarioContext): Promise<void> {
  await inMount('echo x > f')
  const socket = `python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("new")'`
  for (const command of ['ln -s f new', 'ln f new', 'mkfifo new', 'mknod new p', socket]) {
    const { code, stderr } = await inMount(command)
    expect({ command, code, stderr }).toEqual({
      command,
      code: 1,
      stderr: expect.stringMatching(/Operation not permitted\n$/),
    })
  }
  const plain = await inMount(`python3 -c 'import os; os.mknod("plain", 0o100640)'; cat f plain`)
  expect(plain).toEqual({ code: 0, stdout: 'x\n', stderr: '' })
  expect((await onFarSide('stat -c "%n %a %s" *')).stdout).toBe('f 644 2\nplain 640 0\n')
}

async function othersFiles({ inMount, inLocal, served }: ScenarioContext): Promise<void> {
  const env = { SERVED: served }
  const make = `cd "$SERVED"; mkdir theirs; echo secret > theirs/f; echo secret > private
    echo x > readonly; chmod 700 theirs; chmod 600 private; chmod 644 readonly
    chown -R 65534:65534 theirs private readonly`
  expect(await inLocal(make, { env })).toMatchObject({ code: 0 })
  const reading = ['ls theirs', 'cat private', 'cp private copy']
  const changing = ['touch theirs/g', 'echo y >> readonly', ': > readonly', 'chmod 666 readonly']
  for (const attempt of [...reading, ...changing]) {
    const { code, stderr } = await inMount(attempt)
    expect({ attempt, failed: code !== 0, stderr }).toEqual({
      attempt,
      failed: true,
      stderr: expect.stringMatching(/Permission denied|Operation not permitted/),
    })
  }
  expect((await inLocal('cd "$SERVED"; rm -f copy; cat readonly private', { env })).stdout).toBe(
    'x\nsecret\n',
  )
  const after = await inMount('cat readonly; echo ok > mine; cat mine; ls')
  expect(after.stdout).toBe('x\nok\nmine\nprivate\nreadonly\ntheirs\n')
}

async function closedDirectory({ inMount, inLocal, served }: ScenarioContext): Promise<void> {
  const make = `mkdir -p "$SERVED/theirs"; echo x > "$SERVED/theirs/f"; chmod 700 "$SERVED/theirs"
    chown -R 65534:65534 "$SERVED/theirs"`
  expect(await inLocal(make, { env: { SERVED: served } })).toMatchObject({ code: 0 })
  for (const attempt of ['cat theirs/f', 'rm theirs/f', 'stat theirs/none']) {
    const { code, stderr } = await inMount(attempt)
    expect({ attempt, failed: code !== 0, stderr }).toEqual({
      attempt,
      failed: true,
      stderr: expect.stringContaining('Permission denied'),
    })
  }
}

async function fullDisk({ inMount, inLocal, served }: ScenarioContext): Promise<void> {
  const env = { DISK: `${served}/disk` }
  const mount = `mkdir "$DISK"; owner=$(stat -c uid=%u,gid=%g "$DISK/..")
    mount -t tmpfs -o "size=1m,mode=755,$owner" tmpfs "$DISK"`
  expect(await inLocal(mount, { env })).toMatchObject({ code: 0 })
  try {
    for (const command of [
      'dd if=/dev/zero of=disk/a bs=64k count=64 status=none',
      'head -c 4M /dev/zero > disk/b',
      'head -c 3M /dev/zero > big; cp big disk/c',
      'fallocate -l 3000000 disk/e',
    ]) {
      const { code, stderr } = await inMount(command)
      expect({ command, failed: code !== 0, stderr }).toEqual({
        command,
        failed: true,
        stderr: expect.stringContaining('No space left on device'),
      })
      expect(await inMount('rm -f disk/?; ls -A disk')).toMatchObject({ code: 0, stdout: '' })
    }
    const after = await inMount('echo fits > disk/d; sync disk/d; cat disk/d')
    expect(after).toEqual({ code: 0, stdout: 'fits\n', stderr: '' })
  } finally {
    await inLocal('umount -l "$DISK"', { env })
  }
}
