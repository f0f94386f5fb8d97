import { type FSWatcher, mkdirSync, watch, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TreeWatch } from '../../../src/cli/watching/tree-watch.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

/** Watches as Node.js does, with so many watches for all, as a system has. */
class Watches {
  left: number;
  readonly #code: string;

  constructor(left: number, code = 'ENOSPC') {
    this.left = left;
    this.#code = code;
  }

  open(folder: string, heard: (event: string, name: string | null) => void): FSWatcher {
    if (this.left === 0) throw Object.assign(new Error(`${this.#code}: watch '${folder}'`), { code: this.#code });
    this.left -= 1;
    return watch(folder, heard).once('close', () => {
      this.left += 1;
    });
  }
}

function treeOf(watches: Watches, folders: readonly string[]): { tree: TreeWatch; root: string; said: string[] } {
  const root = temporaryFolder();
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  const said: string[] = [];
  const listener = {
    heard: (name: string) => void said.push(`heard ${basename(name)}`),
    failed: (error: Error) => void said.push(`failed ${error.message}`),
    short: (error: unknown) => void said.push(error instanceof Error ? `short ${error.message}` : 'short'),
    enough: () => void said.push('enough'),
  };
  const tree = new TreeWatch(root, listener, (folder, heard) => watches.open(folder, heard));
  onTestFinished(() => tree.close());
  return { tree, root, said };
}

test('a folder for which no watch is left is said, tried again, and heard when it is watched', () => {
  const watches = new Watches(2);
  const { tree, root, said } = treeOf(watches, ['a/b']);
  const short = `short ENOSPC: watch '${join(root, 'a', 'b')}'`;
  expect(said).toEqual([short]);

  writeFileSync(join(root, 'a/b/new.ts'), '');
  tree.look();
  expect(said).toEqual([short, short]);
  watches.left = 1;
  // The more attempts have failed, the longer it waits.
  for (let look = 0; look < 2; look += 1) tree.look();
  expect(said).toEqual([short, short, 'heard new.ts', 'enough']);
});

test('a folder that may not be read, or has gone, is none that the system has no watch for', () => {
  expect(treeOf(new Watches(1, 'EACCES'), ['a']).said).toEqual([]);
  expect(treeOf(new Watches(1, 'ENOENT'), ['a']).said).toEqual([]);
});

test('without a watch for the folder itself it throws', () => {
  expect(() => treeOf(new Watches(0, 'EMFILE'), ['a'])).toThrow('EMFILE');
});

test('a folder that cannot be read is not watched any longer', async () => {
  const watches = new Watches(1);
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const ignored = (): void => undefined;
  const listener = { heard: ignored, failed: ignored, short: ignored, enough: ignored };
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const open = (folder: string, heard: (event: string, name: string | null) => void): FSWatcher =>
    watches.open(folder, heard).once('close', resolve);
  expect(() => new TreeWatch(file, listener, open)).toThrow('ENOTDIR');
  await closed;
  expect(watches.left).toBe(1);
});
