import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { webAddress } from '../../../src/cli/remote/browser.ts';
import { startConsole } from '../../support/console/operated-console.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';
import { CliProcess, cli } from '../cli-process.ts';

describe.skipIf(process.platform !== 'linux')('escapement open', () => {
  test('prints the address of the console, and sends the browser there', async () => {
    const at = await startConsole();
    const folder = temporaryFolder();
    const opener = join(folder, 'xdg-open');
    const opened = Promise.withResolvers<string>();
    const hearing = createServer((request) => opened.resolve(text(request)));
    onTestFinished(() => void hearing.close().closeAllConnections());
    await once(hearing.listen(0, '127.0.0.1'), 'listening');
    const { port } = hearing.address() as AddressInfo;
    // The browser is a program that tells the test which address it was given.
    writeFileSync(
      opener,
      `#!${process.execPath}\nfetch('http://127.0.0.1:${port}', { method: 'PUT', body: process.argv.slice(2).join('|') });\n`,
    );
    chmodSync(opener, 0o755);
    const running = new CliProcess(['open', '--store', at.store], { env: { PATH: folder } });
    expect(await running.exitCode()).toBe(0);
    expect(running.stdout).toBe(`${at.url}\n`);
    expect(await opened.promise).toBe(at.url);
  });

  test('prints the address alone, as JSON, and where there is no browser', async () => {
    const at = await startConsole();
    const printed = await cli('open', '--print', '--json', '--store', at.store);
    expect(JSON.parse(printed.stdout)).toEqual({ url: at.url });
    const running = new CliProcess(['open', '--url', at.url], { env: { PATH: temporaryFolder() } });
    expect(await running.exitCode()).toBe(1);
    expect(running.stdout).toBe(`${at.url}\n`);
    expect(running.stderr).toBe('No program was found that opens it: open this address in a browser.\n');
  });
});

describe('the address of a console that is asked by its socket', () => {
  test.each([
    ['is in the configuration', { port: 7421, host: '::1' }, 'http://[::1]:7421/\n'],
    ['is what the console says where the configuration leaves it to the system', { port: 0 }, null],
  ])('%s', async (_, console, printed) => {
    const at = await startConsole();
    const config = join(temporaryFolder(), 'with-port.config.mjs');
    const store = { module: 'builtin:sqlite-store', options: { path: at.store } };
    writeFileSync(config, `export default ${JSON.stringify({ store, console })};`);
    expect(await cli('open', '--print', '--config', config)).toEqual({
      ...{ code: 0, stdout: printed ?? `${at.url}\n`, stderr: '' },
    });
  });

  test('is none if it has no port', async () => {
    const at = await startConsole({ port: null });
    const { code, stderr } = await cli('open', '--store', at.store);
    expect(code).toBe(1);
    expect(stderr).toContain('says no address for a browser. Start it with a port');
  });
});

describe('the address that a browser is sent to', () => {
  test.each(['file:///etc/passwd', 'javascript:alert(1)', '--help', 'http://me:secret@host/', '', 'vnc://host'])(
    'is not %s',
    (text) => {
      expect(webAddress(text)).toBeNull();
    },
  );

  test('is written as a browser reads it', () => {
    expect(webAddress('HTTP://127.0.0.1:7420')).toBe('http://127.0.0.1:7420/');
    expect(webAddress('https://ops/a"; rm $(x) b')).toBe('https://ops/a%22;%20rm%20$(x)%20b');
  });
});
