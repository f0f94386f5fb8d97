import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { consoleSocketPath } from '../../src/console/socket-path.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

/** macOS reaches its folder for temporary files through a link. */
const folderOf = () => realpathSync(temporaryFolder());

describe.skipIf(process.platform === 'win32')('the socket of a console', () => {
  test('is beside the file of the store', () => {
    const file = join(folderOf(), 'app.db');
    expect(consoleSocketPath(file)).toBe(`${file}.console`);
    expect(consoleSocketPath(relative(process.cwd(), file))).toBe(`${file}.console`);
  });

  test('is the same by another way to the folder', () => {
    const folder = folderOf();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'alias'));
    expect(consoleSocketPath(join(folder, 'alias', 'app.db'))).toBe(join(folder, 'real', 'app.db.console'));
  });

  test('is a short path of its own in the folder for temporary files where the other would be too long', () => {
    const paths = ['a', 'b'].map((name) => consoleSocketPath(join('/srv', 'long'.repeat(30), `${name}.db`)));
    expect(new Set(paths).size).toBe(2);
    for (const path of paths) expect(dirname(path)).toBe(tmpdir());
    expect(paths[0]).toBe(consoleSocketPath(join('/srv', 'long'.repeat(30), 'a.db')));
  });

  test.each([0, 1])('can be listened on where the path has its greatest length, and %i more', async (more) => {
    const folder = folderOf();
    const file = join(folder, 'n'.repeat(103 - '.console'.length - folder.length - 1 + more));
    const path = consoleSocketPath(file);
    expect(path === `${file}.console`).toBe(more === 0);
    const server = createServer().listen(path);
    onTestFinished(() => {
      server.close();
    });
    await new Promise((listening) => {
      server.once('listening', listening);
    });
    expect(server.address()).toBe(path);
  });
});
