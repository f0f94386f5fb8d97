import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LeakWatch, watchForLeaks } from './leak-check.ts';

const IDLE_THREAD = 'require("node:worker_threads").parentPort.on("message", () => {})';

describe('the leak check', () => {
  let watch: LeakWatch;
  beforeEach(() => {
    watch = watchForLeaks();
  });
  afterEach(() => watch.close());

  test('is content when nothing is open', async () => {
    expect(await watch.leaks()).toEqual([]);
  });

  test('sees a thread, and who started it', async () => {
    const thread = new Worker(IDLE_THREAD, { eval: true });
    await once(thread, 'online');
    expect((await watch.leaks({ turns: 2 }))[0]).toMatch(/a thread, started .*leak-check\.test\.ts/);
    await thread.terminate();
    expect(await watch.leaks()).toEqual([]);
  });

  test('sees a thread that does not keep the process alive', async () => {
    const thread = new Worker(IDLE_THREAD, { eval: true });
    thread.unref();
    expect((await watch.leaks({ turns: 2 }))[0]).toContain('a thread');
    await thread.terminate();
    expect(await watch.leaks()).toEqual([]);
  });

  test('sees an interval, and who started it', async () => {
    const interval = globalThis.setInterval(() => {}, 60_000);
    expect(await watch.leaks({ turns: 2 })).toEqual([
      expect.stringMatching(/^a timer, started .*leak-check\.test\.ts/),
    ]);
    clearInterval(interval);
    expect(await watch.leaks()).toEqual([]);
  });

  test('sees a timer that was started while another, of before the watch, was open', async () => {
    const earlier = setTimeout(() => {}, 60_000);
    const later = watchForLeaks();
    const interval = setInterval(() => {}, 60_000);
    clearTimeout(earlier);
    expect(await later.leaks({ turns: 2 })).toEqual([expect.stringContaining('a timer, started')]);
    clearInterval(interval);
    expect(await later.leaks()).toEqual([]);
    later.close();
  });

  test('does not see a timer that lets the process end', async () => {
    const interval = setInterval(() => {}, 60_000).unref();
    expect(await watch.leaks({ turns: 2 })).toEqual([]);
    clearInterval(interval);
  });

  test('sees a listening socket', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await watch.leaks({ turns: 2 })).toContain('1 × TCPServerWrap');
    server.close();
    expect(await watch.leaks()).toEqual([]);
  });

  test('sees a temporary folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'left-'));
    expect(await watch.leaks({ turns: 2 })).toEqual([expect.stringMatching(/^the temporary file or folder left-/)]);
    rmSync(folder, { recursive: true });
    expect(await watch.leaks()).toEqual([]);
  });
});
