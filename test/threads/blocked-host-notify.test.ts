import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fixture, temporaryFolder } from '../support/scheduler-harness.ts';
import { webServer } from '../support/servers/web-server.ts';

describe('a host whose main thread is blocked', () => {
  test('tells that a schedule fails, is silent and recovers, and its runs check in', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    const [cure, signal] = [join(folder, 'cure'), join(folder, 'told')];
    const told: string[] = [];
    const pings = new Set<string>();
    const server = await webServer(({ url, body }, response) => {
      response.end();
      if (url === '/hook') told.push(JSON.parse(body).type);
      else pings.add(new URL(url, server.url).pathname);
      if (told.at(-1) === 'schedule.silent') writeFileSync(cure, '');
      // The host stays blocked until all of it has arrived.
      if (told.length === 3 && pings.size === 3) writeFileSync(signal, '');
    });
    const program = fileURLToPath(fixture('programs/blocked-notifying-host.ts'));
    const host = spawn(process.execPath, [program, fixture('plugins/falters.ts'), server.url, cure, signal], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      host.kill('SIGKILL');
    });
    expect(await text(host.stdout)).toBe('told while blocked\n');
    expect(told).toEqual(['schedule.failed', 'schedule.silent', 'schedule.recovered']);
    expect([...pings].toSorted()).toEqual(['/ping/often', '/ping/often/fail', '/ping/often/start']);
  });
});
