/**
 * The process that is attacked: a scheduler with every kind of console. It says where they listen, and then, whenever it
 * is asked, what an attack could have changed.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleApp } from '../../../src/console/http/console-app.ts';
import { loopbackGate } from '../../../src/console/http/gates/loopback.ts';
import { serveConsole } from '../../../src/console/http/serve.ts';
import { limitedServer } from '../../../src/console/http/serving/limited-server.ts';
import { consoleHandler, toNodeHandler } from '../../../src/console/index.ts';
import { readPageFiles } from '../../../src/console/page-files.ts';
import { sourceOf } from '../../../src/host/source-of.ts';
import { createScheduler } from '../../../src/index.ts';
import { SECRET, type TargetName, TOKEN } from './attack.ts';

const faults: string[] = [];
for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(fault, (error: unknown) => faults.push(String(error instanceof Error ? error.stack : error)));
}

const folder = mkdtempSync(join(tmpdir(), 'console-target-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const page = join(folder, 'page');
mkdirSync(join(page, 'assets'), { recursive: true });
writeFileSync(join(folder, 'secret.txt'), SECRET);
writeFileSync(join(page, 'index.html'), '<!doctype html><html><head><title>page</title></head></html>');
writeFileSync(join(page, 'assets', 'page-BxW3kd9a.js'), 'console.log(1)');
symlinkSync(join(folder, 'secret.txt'), join(page, 'link.txt'));

const scheduler = await createScheduler({
  plugins: [new URL('../../fixtures/plugins/console-subject.ts', import.meta.url).href],
  logger: { level: 'silent' },
  pool: { maxThreads: 2 },
});
await scheduler.start();
const failed = once(scheduler, 'run');
await scheduler.trigger('subject/fails');
await failed;
const source = sourceOf(scheduler);

const served = async (config: { readonly token?: string; readonly isReadOnly?: boolean }): Promise<string> => {
  const { token = null, isReadOnly = false } = config;
  const base = { port: 0, host: '127.0.0.1', socket: null };
  const { url } = await serveConsole(source, { ...base, token, isReadOnly });
  return url ?? '';
};
const listening = async (server: ReturnType<typeof createServer>): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const pageApp = consoleApp({
  source,
  isReadOnly: false,
  gate: loopbackGate({ name: 'console', canAct: true }),
  readPage: () => readPageFiles(page),
  basePath: '',
});
const urls: Readonly<Record<TargetName, string>> = {
  open: await served({}),
  token: await served({ token: TOKEN }),
  'read-only': await served({ isReadOnly: true }),
  mounted: await listening(createServer(toNodeHandler(consoleHandler(scheduler, { authorize: () => null })))),
  page: await listening(limitedServer(pageApp)),
};

process.on('message', (question) => {
  answer(question).catch((error: unknown) => faults.push(String(error)));
});
process.send?.({ urls });

async function answer(question: unknown): Promise<void> {
  if (question === 'state') process.send?.(await stateNow());
  if (question !== 'stop') return;
  await scheduler.stop({ drainMs: 0 });
  process.exit(0);
}

/** What no attack may change. */
async function stateNow() {
  const [schedules, audit] = await Promise.all([scheduler.schedules(), source.ask('audit', { limit: 1_000 })]);
  const shown = schedules.map(({ key, dueCount, runCount, pause, nextOccurrenceAtMs }) => ({
    ...{ key, dueCount, runCount, pause, nextOccurrenceAtMs },
  }));
  const pollution = Object.keys(Object.prototype).concat('polluted' in {} ? ['polluted'] : []);
  return { state: JSON.stringify({ shown, audit, pollution, secret: SECRET.length }), faults };
}
