import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { fixture, temporaryFolder } from '../support/scheduler-harness.ts';

test('a host whose main thread is blocked has a console that answers', { timeout: 90_000 }, async () => {
  const program = fileURLToPath(fixture('programs/blocked-console-host.ts'));
  const ending = join(temporaryFolder(), 'unblock');
  const host = spawn(process.execPath, [program, ending, fixture('plugins/beats.ts')]);
  onTestFinished(() => {
    host.kill('SIGKILL');
  });
  const lines = createInterface(host.stdout);
  const [url] = (await once(lines, 'line')) as [string];
  const unblocked = once(lines, 'line');
  // The host is blocked until the console has answered twice.
  for (const path of ['healthz', 'api/overview']) expect((await fetch(`${url}/${path}`)).status).toBe(200);
  writeFileSync(ending, '');
  expect(await unblocked).toEqual(['unblocked by the file']);
});
