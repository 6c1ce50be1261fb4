import { defineConfig } from 'vitest/config'
import { TallyReporter } from './test/support/tally-reporter.ts'

/**
 * `fast` needs no device and no network: part of `npm run check`. The others start real servers and
 * mounts, each test file in its own process, few at a time: the machines that run them are small.
 */
const slow = {
  pool: 'forks',
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
  testTimeout: 60_000,
  hookTimeout: 60_000,
  globalSetup: ['test/support/global-build.ts'],
}

const onMounts = {
  ...slow,
  globalSetup: [...slow.globalSetup, 'test/support/mount/global-cleanup.ts'],
}

export default defineConfig({
  test: {
    reporters: ['default', new TallyReporter()],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/{unit,protocol,kernel-session,architecture}/**/*.test.ts'],
        },
      },
      { test: { ...slow, name: 'integration', include: ['test/integration/**/*.test.ts'] } },
      { test: { ...slow, name: 'interop', include: ['test/interop/**/*.test.ts'] } },
      ...['model', 'conformance', 'semantics'].map((name) => ({
        test: { ...onMounts, name, include: [`test/${name}/**/*.test.ts`] },
      })),
      {
        test: {
          ...onMounts,
          name: 'mount',
          include: ['test/mount/**/*.test.ts'],
          exclude: process.env['UFTP_TEST_SELF_CHECK'] ? [] : ['test/mount/self-check.test.ts'],
        },
      },
    ],
  },
})
