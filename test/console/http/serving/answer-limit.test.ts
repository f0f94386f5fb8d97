import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { consoleApp } from '../../../../src/console/http/console-app.ts';
import { openGate } from '../../../../src/console/http/gates/gate.ts';
import { limitedServer } from '../../../../src/console/http/serving/limited-server.ts';
import type { SchedulerSource } from '../../../../src/console/scheduler-source.ts';
import { NotRunningError } from '../../../../src/errors.ts';
import { fromWireFault, toWireFault } from '../../../../src/wire/error-transfer.ts';
import { open } from '../../../support/console-harness.ts';

const MINUTE = 60_000;

function appOver(ask: (method: string) => Promise<unknown>) {
  return consoleApp({
    source: { ask, listen: () => () => {} } as SchedulerSource,
    isReadOnly: false,
    gate: openGate({ name: 'Ada', canAct: true }),
    readPage: async () => null,
    basePath: '',
  });
}

function post(path: string): Request {
  return new Request(`http://localhost${path}`, { method: 'POST' });
}

describe('the limit of an answer', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('ends a question that the scheduler leaves, but not a reload: that takes what the options allow', async () => {
    vi.useFakeTimers();
    const loaded = Promise.withResolvers<unknown>();
    const app = appOver((method) => (method === 'reload' ? loaded.promise : new Promise(() => {})));
    const overview = app.answer(new Request('http://localhost/api/overview'));
    const reload = app.answer(post('/api/plugins/slow/reload'));
    await vi.advanceTimersByTimeAsync(10 * MINUTE);
    expect((await overview).status).toBe(503);
    loaded.resolve({ keys: ['slow/a'], report: {} });
    expect((await reload).status).toBe(200);
  });

  test('is the only one while a client waits: its connection is not called idle until it is answered', async () => {
    const seen: (number | undefined)[] = [];
    let socket: Socket | undefined;
    const server = limitedServer({
      answer: async () => {
        seen.push(socket?.timeout);
        return new Response('late');
      },
    });
    server.once('connection', (connected) => {
      socket = connected;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address() as { readonly port: number };
    const response = await open(`http://127.0.0.1:${address.port}`, '/');
    await once(response.resume(), 'end');
    expect(seen).toEqual([0]);
  });
});

test('a node that drains has understood a trigger, and refuses it for good', async () => {
  const across = (state: string): Error => fromWireFault(toWireFault(new NotRunningError('trigger a schedule', state)));
  const statusWhile = async (state: string): Promise<number> => {
    const app = appOver(() => Promise.reject(across(state)));
    return (await app.answer(post('/api/schedules/a%2Fb/trigger'))).status;
  };
  expect(await statusWhile('draining')).toBe(409);
  expect(await statusWhile('starting')).toBe(503);
});
