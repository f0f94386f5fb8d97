/** The console as a part of the host's own server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ConsoleHandlerOptions, consoleHandler, toNodeHandler } from '../../src/console/index.ts';
import type { Scheduler } from '../../src/index.ts';
import { ask, blocksOf, open, SUBJECT } from '../support/console-harness.ts';
import { newScheduler, startScheduler } from '../support/scheduler-harness.ts';

const TRIGGER = 'api/schedules/subject%2Fquiet/trigger';

async function mounted(options: ConsoleHandlerOptions, running?: Scheduler) {
  const scheduler = running ?? (await startScheduler({ plugins: [SUBJECT] }));
  const handler = consoleHandler(scheduler, options);
  const asked = async (path: string, init: RequestInit = {}) => {
    const response = await handler(new Request(`http://app.example${path}`, init));
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { scheduler, handler, asked };
}

describe('a handler', () => {
  test('answers below its mount path, and nowhere else', async () => {
    const { asked } = await mounted({ basePath: '/admin/jobs/' });
    expect((await asked('/admin/jobs/api/overview')).status).toBe(200);
    // The page, or where it is not built how to build it.
    expect((await asked('/admin/jobs')).text).toMatch(/"\/admin\/jobs\/(?:api\/openapi\.json)?"/);
    for (const path of ['/api/overview', '/admin/jobsapi/overview', '/', '/admin/other']) {
      expect((await asked(path)).status, path).toBe(404);
    }
  });

  test('without authorize lets everybody look and nobody act', async () => {
    const { asked } = await mounted({});
    expect(JSON.parse((await asked('/api/session')).text)).toMatchObject({
      name: 'anonymous',
      canAct: false,
      isReadOnly: true,
    });
    expect((await asked(`/${TRIGGER}`, { method: 'POST' })).status).toBe(403);
  });

  test('lets in whom authorize lets in, and the audit trail has their name', async () => {
    const people: Record<string, { name: string; canAct: boolean }> = {
      ada: { name: 'Ada', canAct: true },
      guest: { name: 'Guest', canAct: false },
    };
    const { asked } = await mounted({
      basePath: '/jobs',
      authorize: async (request) => people[request.headers.get('x-user') ?? ''] ?? null,
    });
    const as = (user: string) => ({ headers: { 'x-user': user } });
    expect((await asked('/jobs/api/overview')).status).toBe(401);
    expect((await asked('/jobs')).status).toBe(401);
    expect((await asked('/jobs/healthz')).status).toBe(200);
    expect((await asked(`/jobs/${TRIGGER}`, { method: 'POST', ...as('guest') })).status).toBe(403);
    expect((await asked(`/jobs/${TRIGGER}`, { method: 'POST', ...as('ada') })).status).toBe(202);
    expect(JSON.parse((await asked('/jobs/api/audit', as('guest'))).text)).toMatchObject({
      entries: [{ by: 'Ada', action: 'trigger', key: 'subject/quiet' }],
    });
    const headers = { 'x-user': 'ada', origin: 'http://evil.example' };
    expect((await asked(`/jobs/${TRIGGER}`, { method: 'POST', headers })).status).toBe(403);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('the password is secret'))],
    ['answers nonsense', () => true as never],
    ['answers without a name', () => ({ name: '', canAct: true })],
    ['answers with another kind of truth', () => ({ name: 'x', canAct: 'yes' }) as never],
  ])('lets nobody in when authorize %s', async (_what, authorize) => {
    const { asked } = await mounted({ authorize });
    const answer = await asked('/api/overview');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret');
    expect((await asked(`/${TRIGGER}`, { method: 'POST' })).status).toBe(500);
  });

  test('says once why authorize fails, to the operator and not to the visitor', async () => {
    const { asked, scheduler } = await mounted({ authorize: () => Promise.reject(new Error('the directory is down')) });
    const warned = once(scheduler, 'warning');
    const answers = await Promise.all([asked('/api/overview'), asked('/'), asked('/metrics')]);
    for (const { status, text } of answers) {
      expect([status, text]).toEqual([500, expect.stringContaining('authorize-failed')]);
      expect(text).not.toContain('directory');
    }
    expect(await warned).toMatchObject([
      { code: 'authorize-failed', message: expect.stringContaining('the directory is down') },
    ]);
  });

  test('keeps the body of a request for itself, whatever authorize reads', async () => {
    const { asked, scheduler } = await mounted({
      authorize: async (request) => {
        await request.text();
        return { name: `Ada by ${request.method}`, canAct: true };
      },
    });
    const body = JSON.stringify({ note: 'a new disk' });
    const headers = { 'content-type': 'application/json' };
    expect((await asked('/api/schedules/subject%2Fquiet/pause', { method: 'POST', headers, body })).status).toBe(204);
    const [quiet] = (await scheduler.schedules()).filter(({ key }) => key === 'subject/quiet');
    expect(quiet?.pause?.note).toBe('a new disk');
  });

  test('that is read-only lets nobody act, whatever authorize says', async () => {
    const { asked } = await mounted({ readOnly: true, authorize: () => ({ name: 'Ada', canAct: true }) });
    expect((await asked(`/${TRIGGER}`, { method: 'POST' })).status).toBe(403);
  });

  test('of a scheduler that does not run answers with 503, and is not ready', async () => {
    const scheduler = await newScheduler({ plugins: [SUBJECT] });
    const { asked } = await mounted({}, scheduler);
    expect(await asked('/api/overview')).toMatchObject({
      status: 503,
      text: expect.stringMatching(/ERR_ESCAPEMENT_(?:NOT_RUNNING|SUPERVISOR_DIED)/),
    });
    expect(JSON.parse((await asked('/readyz')).text)).toEqual({ isReady: false, faults: ['supervisor'] });
    expect((await asked('/healthz')).status).toBe(200);
  });

  test.each(['jobs', '/a b', '/../x', '/a//b', '/"><script>', '/a?b', '//evil.example'])(
    'refuses the mount path %s',
    async (basePath) => {
      await expect(mounted({ basePath })).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_INVALID_OPTION' });
    },
  );
});

describe('a handler for servers of Node', () => {
  test('takes the address from before it was cut, and a body that was read already', async () => {
    const { handler, scheduler } = await mounted({
      basePath: '/jobs',
      authorize: () => ({ name: 'Ada', canAct: true }),
    });
    const node = toNodeHandler(handler);
    const url = await listening(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const originalUrl = request.url ?? '';
      const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
      Object.assign(request, { originalUrl, body, url: originalUrl.replace(/^\/jobs/, '') });
      await node(request, response);
    });
    const paused = await ask(url, '/jobs/api/schedules/subject%2Fquiet/pause', {
      method: 'POST',
      body: { note: 'from a form' },
    });
    expect(paused.status).toBe(204);
    const [quiet] = (await scheduler.schedules()).filter(({ key }) => key === 'subject/quiet');
    expect(quiet?.pause?.note).toBe('from a form');
    expect((await ask(url, '/jobs/api/schedules/subject%2Fquiet/resume', { method: 'POST' })).status).toBe(204);
  });

  test('streams events, and leaves nothing behind when the client goes', async () => {
    const { handler, scheduler } = await mounted({});
    const url = await listening(toNodeHandler(handler));
    const stream = await open(url, '/api/events?topic=run');
    const blocks = blocksOf(stream);
    await blocks.next();
    await scheduler.trigger('subject/quiet');
    expect((await blocks.next()).value).toContain('event: run\ndata: {');
    stream.destroy();
  });

  test('ends its streams when the scheduler stops, and opens none any more', async () => {
    const { handler, scheduler } = await mounted({});
    const url = await listening(toNodeHandler(handler));
    const stream = await open(url, '/api/events');
    const ended = once(stream.resume(), 'end');
    await scheduler.stop({ drainMs: 0 });
    await ended;
    expect((await ask(url, '/api/events')).status).toBe(503);
    // Nor a handler that is made only now.
    const late = await consoleHandler(scheduler)(new Request('http://app.example/api/events'));
    expect(late.status).toBe(503);
  });

  test('ends its streams when it is closed, before the scheduler stops', async () => {
    const { handler } = await mounted({});
    const url = await listening(toNodeHandler(handler));
    const stream = await open(url, '/api/events');
    const ended = once(stream.resume(), 'end');
    handler.close();
    await ended;
    expect((await ask(url, '/api/events')).status).toBe(503);
    expect((await ask(url, '/api/overview')).status).toBe(200);
  });

  test('replaces no global of the host', async () => {
    const [before, Sent] = [globalThis.Request, globalThis.Response];
    const { handler } = await mounted({});
    toNodeHandler(handler);
    expect([globalThis.Request, globalThis.Response]).toEqual([before, Sent]);
  });
});

async function listening(listener: Parameters<typeof createServer>[1] & {}): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
