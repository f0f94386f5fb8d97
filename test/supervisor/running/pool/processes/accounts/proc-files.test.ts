import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { runDelayMs } from '../../../../../../src/supervisor/running/pool/processes/accounts/proc-files.ts';

describe.runIf(process.platform === 'linux')('what Linux says about a process', () => {
  test('is how long it has waited for a processor, which never becomes less', () => {
    const before = runDelayMs(process.pid);
    const after = runDelayMs(process.pid);
    expect(before).toBeGreaterThanOrEqual(0);
    expect(after).toBeGreaterThanOrEqual(before ?? Number.POSITIVE_INFINITY);
  });

  test('is nothing once it has gone', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(runDelayMs(child.pid as number)).toBe(null);
  });
});
