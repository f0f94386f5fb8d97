import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ReportedUsage } from '../../../../../src/supervisor/running/pool/processes/accounts/reported-usage.ts';
import { threadEntryUrl } from '../../../../../src/wire/thread-entry-url.ts';
import { CHILD_FILES } from '../../../../../src/workers/protocol.ts';

/** A process with our entry; `lifeline` is its way to its watchdog. */
function startChild() {
  const entry = fileURLToPath(threadEntryUrl('workers/process-entry'));
  const child = spawn(process.execPath, [entry], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    child.kill('SIGKILL');
    await exited;
  });
  const lifeline = (child.stdio as readonly unknown[])[CHILD_FILES.lifeline] as Socket;
  lifeline.on('error', () => {});
  return { child, lifeline };
}

test('a watchdog says what its process uses, beyond what it used at first', async () => {
  const { lifeline } = startChild();
  const usage = new ReportedUsage(lifeline);

  const [first, second] = [await usage.look(), await usage.look()];

  expect(first).toMatchObject({ heapBytes: 0, cpuMs: expect.any(Number) });
  expect(first?.cpuMs).toBeGreaterThan(0);
  expect(second?.cpuMs).toBeGreaterThanOrEqual(first?.cpuMs ?? Infinity);
});

test('a process that has ended is not measured', async () => {
  const { child, lifeline } = startChild();
  const usage = new ReportedUsage(lifeline);
  await usage.look();

  const asked = usage.look();
  child.kill('SIGKILL');
  await once(child, 'close');

  expect(await usage.look()).toBeNull();
  await asked;
});

test('a process ends when its lifeline does', async () => {
  const { child, lifeline } = startChild();
  const usage = new ReportedUsage(lifeline);
  await usage.look();

  lifeline.destroy();

  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
});
