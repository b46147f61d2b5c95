import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['tests/fixtures/isolate.ts'],
    reporters: ['default', './scripts/count-reporter.mjs'],
  },
});
