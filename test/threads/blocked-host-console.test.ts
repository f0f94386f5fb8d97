import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fixture } from '../support/scheduler-harness.ts';

const BLOCK_MS = 5_000;

describe('a host whose main thread is blocked for five seconds', () => {
  test('has a console that answers meanwhile', { timeout: 60_000 }, async () => {
    const program = fileURLToPath(fixture('programs/blocked-console-host.ts'));
    const host = spawn(process.execPath, [program, String(BLOCK_MS), fixture('plugins/beats.ts')]);
    onTestFinished(() => {
      host.kill('SIGKILL');
    });
    const said: string[] = [];
    let answers = 0;
    for await (const line of createInterface(host.stdout)) {
      said.push(line);
      if (said.length > 1) break;
      void answering(`${line}/healthz`, () => {
        if (said.length === 1) answers += 1;
      });
    }
    expect(said).toEqual([expect.stringMatching(/^http:/), 'unblocked']);
    expect(answers).toBeGreaterThanOrEqual(1);
  });
});

/** Asks again and again, until the host is gone. */
async function answering(url: string, answered: () => void): Promise<void> {
  try {
    for (;;) {
      const { ok } = await fetch(url);
      if (ok) answered();
    }
  } catch {
    // The console has closed.
  }
}
