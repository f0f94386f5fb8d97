import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFolder } from '../../src/wire/create-folder.ts';

test('createFolder makes a folder and those above it, and leaves what is there', () => {
  const root = mkdtempSync(join(tmpdir(), 'escapement-test-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'a', 'b', 'c');

  createFolder(folder);
  createFolder(folder);

  expect(statSync(folder).isDirectory()).toBe(true);
});

test('createFolder refuses what is in the way: a file, and a link to nothing', () => {
  const root = mkdtempSync(join(tmpdir(), 'escapement-test-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'file'), '');
  symlinkSync(join(root, 'nowhere'), join(root, 'link'));

  expect(() => createFolder(join(root, 'file', 'folder'))).toThrow(/ENOTDIR|EEXIST|ENOENT/);
  expect(() => createFolder(join(root, 'link'))).toThrow(/EEXIST/);
});

// Node's own recursive mkdir does not return there.
test.runIf(existsSync('/proc/self'))('createFolder fails at once where nothing can be created', () => {
  expect(() => createFolder('/proc/nonexistent/folder')).toThrow(/ENOENT|EACCES|EPERM|EROFS/);
});
