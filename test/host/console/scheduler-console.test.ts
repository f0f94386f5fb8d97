import { on, once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  ConsoleError,
  NotRunningError,
  type Scheduler,
  type SchedulerWarning,
  sqliteStore,
} from '../../../src/index.ts';
import { fixture, newScheduler, nextRun, startScheduler, temporaryFolder } from '../../support/scheduler-harness.ts';
import { startedWorkers } from '../../support/started-workers.ts';

async function warned(scheduler: Scheduler, code: string): Promise<SchedulerWarning> {
  for await (const [warning] of on(scheduler, 'warning')) {
    if ((warning as SchedulerWarning).code === code) return warning as SchedulerWarning;
  }
  return expect.unreachable();
}

async function statusBySocket(socketPath: string): Promise<number | undefined> {
  const asked = request({ socketPath, path: '/healthz', agent: false }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

async function healthz(scheduler: Scheduler): Promise<number> {
  const response = await fetch(`${scheduler.console?.url}/healthz`, { headers: { connection: 'close' } });
  await response.arrayBuffer();
  return response.status;
}

describe('the console of a scheduler', { timeout: 40_000 }, () => {
  test('listens on its port from when the scheduler has started until it has stopped', async () => {
    const scheduler = await newScheduler({ console: { port: 0 } });
    expect(scheduler.console).toBeNull();
    await scheduler.start();
    expect(scheduler.console).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), socket: null });
    expect(await healthz(scheduler)).toBe(200);
    const { port } = new URL(scheduler.console?.url ?? '');
    await scheduler.stop();
    expect(scheduler.console).toBeNull();
    const [error] = await once(connect(Number(port), '127.0.0.1'), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('listens on a socket beside a SQLite store', async () => {
    const path = join(temporaryFolder(), 'store.db');
    const scheduler = await startScheduler({ store: sqliteStore({ path }), console: {} });
    expect(scheduler.console).toEqual({ url: null, socket: `${path}.console` });
    expect(await statusBySocket(`${path}.console`)).toBe(200);
  });

  test('rejects the start with a sentence when it cannot listen, and nothing starts', async () => {
    const workers = startedWorkers();
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = join(temporaryFolder(), 'console');
    const scheduler = await newScheduler({ console: { port, socket } });
    const refused = scheduler.start();
    await expect(refused).rejects.toThrow(ConsoleError);
    await expect(refused).rejects.toThrow(
      `The console cannot be served: something else listens on 127.0.0.1:${port} (EADDRINUSE): choose another console.port.`,
    );
    expect(scheduler.console).toBeNull();
    // The console's thread, and no other.
    expect(workers).toHaveLength(1);
  });

  test('is closed when the scheduler is stopped while it starts', async () => {
    const scheduler = await newScheduler({ console: { port: 0 } });
    const started = scheduler.start();
    const refused = expect(started).rejects.toThrow(NotRunningError);
    expect(await scheduler.stop({ drainMs: 0 })).toEqual({ finished: [], aborted: [], killed: [] });
    await refused;
    expect(scheduler.console).toBeNull();
  });

  test('cuts open connections when the scheduler stops', async () => {
    const scheduler = await startScheduler({ console: { port: 0 } });
    const { port } = new URL(scheduler.console?.url ?? '');
    const idle = connect(Number(port), '127.0.0.1');
    idle.on('error', () => {});
    await once(idle, 'connect');
    idle.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n');
    // Not by `once`, which rejects if the connection is reset before it closes.
    const closed = new Promise((resolve) => idle.on('close', resolve));
    const report = await scheduler.stop({ drainMs: 0 });
    expect(report.notEnded).toBeUndefined();
    await closed;
  });

  test('is started again when its thread dies, where it was, and the scheduler goes on', async () => {
    const workers = startedWorkers();
    const scheduler = await startScheduler({
      plugins: [{ module: fixture('plugins/beats.ts'), options: { ids: ['a'], cron: '500ms' } }],
      console: { port: 0 },
    });
    const { console: before } = scheduler;
    const restarted = warned(scheduler, 'console-restarted');
    await workers[0]?.terminate();
    expect(await restarted).toMatchObject({ message: expect.stringContaining('was started again') });
    expect(scheduler.console).toEqual(before);
    expect(await healthz(scheduler)).toBe(200);
    await nextRun(scheduler);
  });

  test('asks the next supervisor thread when one has died', async () => {
    const workers = startedWorkers();
    const scheduler = await startScheduler({ console: { port: 0 } });
    expect(await healthz(scheduler)).toBe(200);
    const restarted = warned(scheduler, 'supervisor-restarted');
    await workers[1]?.terminate();
    await restarted;
    expect(await healthz(scheduler)).toBe(200);
  });
});
