import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * Every thread and process that the tests start loads our TypeScript anew. Here Node keeps what it makes of it, which
 * saves half of their time. It also seldom has to make it, which Node does in WebAssembly: see below.
 */
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.cache/escapement', import.meta.url));

/** Where .ci/run wants the machine-readable report; unset at a developer's desk. */
const reportPath = process.env['ESCAPEMENT_TEST_REPORT'];

/** The fuel pass knows instructions that Node 22 has behind flags. Later ones have them, and know the flags no more. */
const wasmOfLater = process.versions.node.startsWith('22.')
  ? ['--experimental-wasm-exnref', '--experimental-wasm-memory64']
  : [];

/** Several processes each: they have the machine to themselves, after all others. */
const CAMPAIGNS = [
  'test/campaigns/cluster-processes.test.ts',
  'test/campaigns/guests.test.ts',
  'test/campaigns/hostile.test.ts',
];

export default defineConfig({
  test: {
    setupFiles: ['test/support/leaks/global-leak-check.ts'],
    pool: 'forks',
    // On processors with protection keys, V8 crashes now and then when threads that have used WebAssembly come and go:
    // https://github.com/nodejs/node/issues/64500.
    execArgv: ['--no-memory-protection-keys', ...wasmOfLater],
    maxWorkers: 2,
    testTimeout: 15_000,
    hookTimeout: 15_000,
    teardownTimeout: 5_000,
    projects: [
      {
        extends: true,
        test: { name: 'tests', include: ['test/**/*.test.ts'], exclude: CAMPAIGNS, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'campaigns', include: CAMPAIGNS, maxConcurrency: 2, sequence: { groupOrder: 1 } },
      },
    ],
    reporters: reportPath === undefined ? ['default'] : ['default', ['json', { outputFile: reportPath }]],
  },
});
