import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { EventHub } from '../../../src/console/http/events/event-hub.ts';
import type { OperatorEvent } from '../../../src/supervisor/operator-protocol.ts';
import { blocksOf, open, startConsole } from '../../support/console-harness.ts';
import { nextRun } from '../../support/scheduler-harness.ts';

const TOPICS = ['run', 'warning', 'audit'] as const;

function listeningHub() {
  const heard = new Set<(events: readonly OperatorEvent[]) => void>();
  const hub = new EventHub({
    ask: () => Promise.reject(new Error('Nobody asks.')),
    listen: (_topics, listener) => {
      heard.add(listener);
      return () => heard.delete(listener);
    },
  });
  const tell = (...events: OperatorEvent[]): void => {
    for (const listener of heard) listener(events);
  };
  return { hub, tell, heard };
}

const warning = (message: string, key?: string): OperatorEvent => ({
  type: 'warning',
  event: { code: 'test', message, ...(key !== undefined && { key }) },
});
const everything = { topics: TOPICS, keys: new Set<string>(), runIds: new Set<string>() };

describe('the event stream', () => {
  test('tells what happens, as it happens, under its type', async () => {
    const running = await startConsole();
    const stream = await open(running.url, '/api/events?topic=run&topic=run-start');
    expect(stream.headers['content-type']).toBe('text/event-stream');
    const blocks = blocksOf(stream);
    expect((await blocks.next()).value).toContain('retry:');
    const ended = nextRun(running.scheduler);
    const { runId } = (await running.ask('/api/schedules/subject%2Fquiet/trigger', { method: 'POST' })).json<{
      runId: string;
    }>();
    const types: string[] = [];
    for (let count = 0; count < 2; count += 1) {
      const [, type, data] = /^event: (.*)\ndata: (.*)$/.exec((await blocks.next()).value ?? '') ?? [];
      types.push(type ?? '');
      expect(JSON.parse(data ?? '')).toMatchObject({ runId, key: 'subject/quiet' });
    }
    expect(types).toEqual(['run-start', 'run']);
    await ended;
    stream.destroy();
  });

  test('ends when the console is closed', async () => {
    const running = await startConsole();
    const stream = await open(running.url, '/api/events');
    // A stream that the server cuts off is told as an error first.
    stream.on('error', () => {});
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.resume();
    await running.close();
    await closed;
  });

  test('has no room for the 101st client until one leaves', async () => {
    const running = await startConsole();
    const streams = await Promise.all(Array.from({ length: 100 }, () => open(running.url, '/api/events')));
    expect(streams.every(({ statusCode }) => statusCode === 200)).toBe(true);
    const refused = await running.ask('/api/events');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '10']);
    expect((await running.ask('/api/overview')).status).toBe(200);
    for (const stream of streams) stream.destroy();
  });

  test('refuses topics that do not exist, and to be asked for without its body', async () => {
    const running = await startConsole();
    expect((await running.ask('/api/events?topic=none')).status).toBe(400);
    expect((await running.ask('/api/events', { method: 'HEAD' })).status).toBe(405);
  });
});

describe('the hub', () => {
  test('sends a client only what it asked for', async () => {
    const { hub, tell } = listeningHub();
    const reader = hub
      .open({ ...everything, keys: new Set(['a/b']) })
      .pipeThrough(new TextDecoderStream())
      .getReader();
    await reader.read();
    tell(warning('of nobody'), warning('of another', 'a/c'), warning('wanted', 'a/b'), {
      type: 'progress',
      event: { runId: '1', key: 'a/b', fraction: 1 },
    });
    expect((await reader.read()).value).toBe(
      'event: warning\ndata: {"code":"test","message":"wanted","key":"a/b"}\n\n',
    );
    await reader.cancel();
    hub.close();
  });

  test('forgets a client that leaves, and what it listened to', async () => {
    const { hub, heard } = listeningHub();
    const body = hub.open(everything);
    expect([hub.clientCount, heard.size]).toEqual([1, 1]);
    await body.cancel();
    expect([hub.clientCount, heard.size]).toEqual([0, 0]);
  });

  test('drops a client for which too much waits, and keeps nothing of it', async () => {
    const { hub, tell, heard } = listeningHub();
    const slow = hub.open(everything).getReader();
    const quick = hub.open(everything).getReader();
    await quick.read();
    const long = warning('x'.repeat(400_000));
    for (let count = 0; count < 3; count += 1) {
      tell(long);
      await quick.read();
    }
    expect([hub.clientCount, heard.size]).toEqual([1, 1]);
    expect(await slow.read()).toEqual({ done: true, value: undefined });
    hub.close();
    expect(await quick.read()).toEqual({ done: true, value: undefined });
  });

  test('gathers what happens for a moment, and sends it to its clients one after the other', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { hub, tell } = listeningHub();
    const got: string[] = [];
    const openings = ['first', 'second'].map((name) => follow(hub, (text) => got.push(`${name} ${text}`)));
    await Promise.all(openings);
    got.length = 0;
    tell(warning('one'));
    await vi.advanceTimersByTimeAsync(40);
    tell(warning('two'));
    expect(got).toEqual([]);
    await vi.advanceTimersByTimeAsync(10);
    expect(got).toEqual([expect.stringMatching(/^first .*"one".*"two"/s)]);
    await vi.advanceTimersByTimeAsync(10);
    expect(got.slice(1)).toEqual([expect.stringMatching(/^second .*"one".*"two"/s)]);
    tell(warning('x'.repeat(70_000)));
    await vi.advanceTimersByTimeAsync(0);
    expect(got).toHaveLength(4);
    hub.close();
  });

  test('gathers on while a client comes back for more', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { hub, tell } = listeningHub();
    const reader = hub.open(everything).pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    tell(warning('one'));
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(40);
    tell(warning('two'));
    await vi.advanceTimersByTimeAsync(10);
    expect((await next).value).toMatch(/"one".*"two"/s);
    await reader.cancel();
    hub.close();
  });

  test('opens no stream once it is closed', () => {
    const { hub } = listeningHub();
    hub.close();
    expect(() => hub.open(everything)).toThrow('Nothing happens here any more');
  });
});

/** Resolves when the client has been greeted, and passes on what it gets until the hub closes. */
async function follow(hub: EventHub, heard: (text: string) => void): Promise<void> {
  const greeted = Promise.withResolvers<void>();
  void (async () => {
    for await (const text of hub.open(everything).pipeThrough(new TextDecoderStream())) {
      heard(text);
      greeted.resolve();
    }
  })();
  await greeted.promise;
}
