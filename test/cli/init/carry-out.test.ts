import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { carryOut } from '../../../src/cli/init/carry-out.ts';
import { lookAt } from '../../../src/cli/init/project.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

const CONFIG = { kind: 'write', path: 'escapement.config.ts', text: 'config' } as const;
const CHANGE = { kind: 'change', path: 'package.json', text: 'new', what: 'scripts' } as const;

test('a changed file keeps its mode and its links, and nothing is left beside it', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'real'));
  const real = join(folder, 'real/package.json');
  writeFileSync(real, 'old');
  chmodSync(real, 0o600);
  symlinkSync(real, join(folder, 'package.json'), 'file');
  carryOut([CHANGE], folder);
  expect(readFileSync(real, 'utf8')).toBe('new');
  expect(statSync(real).mode & 0o777).toBe(0o600);
  expect(lstatSync(join(folder, 'package.json')).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(folder, 'real'))).toEqual(['package.json']);
});

test('a refusal of the system says what was written before it, and what stands in the way', () => {
  const folder = temporaryFolder();
  symlinkSync(join(folder, 'nowhere'), join(folder, 'package.json'), 'file');
  const manifest = { kind: 'write', path: 'package.json', text: '{}' } as const;
  expect(() => carryOut([CONFIG, manifest], folder)).toThrow(
    'package.json cannot be written: a file has appeared there, or it is a link to one that is not there. Written before: escapement.config.ts. Run init again when that is solved.',
  );
  writeFileSync(join(folder, 'plugins'), '');
  const plugin = { kind: 'write', path: 'plugins/a/hello.ts', text: '' } as const;
  expect(() => carryOut([plugin], folder)).toThrow(
    /^plugins\/a\/hello\.ts cannot be written: .* \(E[A-Z]+\)\. Written before: nothing\./,
  );
});

test('a project that cannot be read is refused in words', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(() => lookAt(join(folder, 'file'))).toThrow(`"${join(folder, 'file')}" is not a folder.`);
  mkdirSync(join(folder, 'package.json'));
  expect(() => lookAt(folder)).toThrow(
    'package.json cannot be read, so nothing was written: illegal operation on a directory (EISDIR).',
  );
});
