import { defineConfig, mergeConfig } from 'vitest/config';
import { shared } from './vitest.config.js';

/** `npm run test:slow`: programs that are killed, packages that are installed, other versions of Node. */
export default mergeConfig(
  shared,
  defineConfig({ test: { include: ['tests/slow/**/*.test.ts'], testTimeout: 600_000, retry: 1, expect: { poll: { timeout: 30_000 } } } }),
);
