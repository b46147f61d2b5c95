import { defineConfig, mergeConfig } from 'vitest/config';

/** What the quick and the slow tests have in common. */
export const shared = defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['tests/fixtures/isolate.ts', 'tests/fixtures/seed.ts'],
    reporters: ['default', './scripts/count-reporter.mjs'],
  },
});

/** `npm test`: all that runs within minutes. */
export default mergeConfig(
  shared,
  defineConfig({
    test: { include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'tests/**/*.test.ts'], exclude: ['**/node_modules/**', 'tests/slow/**'] },
  }),
);
