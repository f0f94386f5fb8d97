import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the machine-readable report; unset at a developer's desk. */
const reportPath = process.env['ESCAPEMENT_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/global-leak-check.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 15_000,
    hookTimeout: 15_000,
    teardownTimeout: 5_000,
    reporters: reportPath === undefined ? ['default'] : ['default', ['json', { outputFile: reportPath }]],
  },
});
