/** The files that `escapement init` writes. They are a user's from then on, so they say what he may want to change. */
import type { Runner } from './project.ts';

/** Where a new configuration names its plugin, from its own folder. */
export function configText(plugin: string): string {
  return `import { defineConfig } from 'escapement';

export default defineConfig({
  // Each plugin is a module that says when it is due and what it does then. Paths are relative to this file.
  plugins: ['./${plugin}'],
});
`;
}

export const PLUGIN_TEXT = `import { definePlugin } from 'escapement/plugin';

// This file is loaded in a thread of its own. A run may take its time, and the rest of the program does not wait for it.
export default definePlugin({
  name: 'hello',
  schedules: () => [
    // Every five seconds. With cron: '30 2 * * *' and timezone: 'Europe/Paris' it would be at half past two at night.
    { id: 'often', cron: '5s' },
  ],
  run: (ctx) => {
    ctx.log.info({ runCount: ctx.runCount }, 'Hello');
  },
});
`;

/** A test of the plugin. @param plugin Its module, from the folder of the test. */
export function testText(plugin: string, runner: Runner): string {
  const { imports, equal } = WORDS[runner];
  return `${[...imports, "import { createVirtualScheduler } from 'escapement/testing';", `import hello from '${plugin}';`].join('\n')}

test('says hello every five seconds, and once for all that was missed', async () => {
  // The scheduler of production, on a clock that only this test moves: an hour passes in milliseconds.
  const scheduler = await createVirtualScheduler({ plugins: [hello] });
  await scheduler.start();
  await scheduler.advance('18s');
  ${equal('scheduler.runs.map(({ outcome }) => outcome)', "['succeeded', 'succeeded', 'succeeded']")}

  // The process is killed, and started again after an hour.
  await scheduler.crash();
  await scheduler.restart({ after: '1h' });
  await scheduler.advance('1s');
  ${equal('scheduler.runs.slice(3).map(({ trigger }) => trigger)', "['catch-up']")}
  await scheduler.stop();
});
`;
}

const STARTED = {
  require: {
    imports: ["const { spawnSync } = require('node:child_process');", "const { join } = require('node:path');"],
    path: (test: string) => `join(__dirname, '${test}')`,
  },
  import: {
    imports: ["import { spawnSync } from 'node:child_process';", "import { fileURLToPath } from 'node:url';"],
    path: (test: string) => `fileURLToPath(new URL('./${test}', import.meta.url))`,
  },
} as const;

/** A test of jest that has Node.js run the plugin's test. @param test The name of that, in the same folder. */
export function starterText(test: string, form: 'require' | 'import'): string {
  const { imports, path } = STARTED[form];
  return `${imports.join('\n')}

// Node.js runs the test of the plugin, and loads its modules as in production. Jest would load them in its own way.
test('the plugin hello keeps its schedule', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [${path(test)}], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout + stderr);
}, 60_000);
`;
}

interface Words {
  readonly imports: readonly string[];
  /** The statement that two values are deeply equal. */
  readonly equal: (actual: string, expected: string) => string;
}

const NODE: Words = {
  imports: ["import assert from 'node:assert/strict';", "import { test } from 'node:test';"],
  equal: (actual, expected) => `assert.deepEqual(${actual}, ${expected});`,
};

const expectEqual: Words['equal'] = (actual, expected) => `expect(${actual}).toEqual(${expected});`;

const WORDS: Readonly<Record<Runner, Words>> = {
  'node:test': NODE,
  node: NODE,
  vitest: { imports: ["import { expect, test } from 'vitest';"], equal: expectEqual },
  // Its `test` and `expect` are global.
  jest: { imports: [], equal: expectEqual },
};
