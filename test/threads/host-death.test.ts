/** A host with child processes dies: none of them outlives it, whatever it does at that moment. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, test, vi } from 'vitest';
import { liveInSession } from '../support/live-processes.ts';
import { fixture } from '../support/scheduler-harness.ts';

const program = new URL('../fixtures/programs/process-host.ts', import.meta.url).pathname;

describe.runIf(process.platform === 'linux')('no child outlives a host', () => {
  test.each([
    ['spawn-sync', 'spawning'],
    ['loop', 'looping'],
    ['fork', 'forking'],
    ['nothing-at-all', 'run settled'],
  ])('that is killed while its plugin does "%s"', { timeout: 40_000 }, async (config, message) => {
    await using host = await Host.start(config, message);

    host.child.kill('SIGKILL');

    await host.nobodyLives();
  });

  test.each(['exit', 'throw'])('that ends by "%s"', { timeout: 40_000 }, async (ending) => {
    await using host = await Host.start('loop', 'looping', ending);

    host.child.stdin.write('end\n');

    await host.nobodyLives();
  });
});

/** A host that has begun a run in a process. */
class Host implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly pid: number;

  constructor(child: ChildProcessWithoutNullStreams, pid: number) {
    this.child = child;
    this.pid = pid;
  }

  /** Resolves when the plugin has logged the message, and so is where the test wants it. */
  static async start(config: string, message: string, ending = 'live'): Promise<Host> {
    const child = spawn(process.execPath, [program, fixture('plugins/triggered.ts'), config, ending]);
    let pid = 0;
    let hasLogged = false;
    for await (const line of createInterface(child.stdout)) {
      pid ||= Number(/^started (\d+)$/.exec(line)?.[1] ?? 0);
      hasLogged ||= line.includes(`"msg":"${message}"`);
      if (pid !== 0 && hasLogged) break;
    }
    expect(liveInSession(pid)).toContain(pid);
    return new Host(child, pid);
  }

  async nobodyLives(): Promise<void> {
    await vi.waitFor(() => expect(liveInSession(this.pid)).toEqual([]), { timeout: 10_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'close');
    }
  }
}
