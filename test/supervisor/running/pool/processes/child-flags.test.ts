import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { childEnvironment, inheritedFlags } from '../../../../../src/supervisor/running/pool/processes/child-flags.ts';

describe('the flags of a child', () => {
  test('are those that decide which modules a plugin finds', () => {
    const host = ['--import', './hooks.mjs', '--conditions=dev', '-C', 'node', '-r', 'x', '--enable-source-maps'];
    expect(inheritedFlags(host)).toEqual(host);
  });

  test('name the same files when the child has another working directory', () => {
    const folder = join(tmpdir(), 'a host');
    const host = ['--import', './hooks.mjs?strict', '--import=../up.mjs', '-r', './a b.cjs', '--require=../c.cjs'];
    const others = ['--loader', './loader.mjs', '--import', 'tsx', '-r', '/srv/d.cjs', '-C', './e'];
    const href = (path: string): string => pathToFileURL(join(folder, path)).href;
    expect(inheritedFlags([...host, ...others], folder)).toEqual([
      ...['--import', `${href('hooks.mjs')}?strict`, `--import=${href('../up.mjs')}`],
      ...['-r', join(folder, 'a b.cjs'), `--require=${join(folder, '../c.cjs')}`],
      ...['--loader', href('loader.mjs'), '--import', 'tsx', '-r', '/srv/d.cjs', '-C', './e'],
    ]);
    expect(inheritedFlags([...host, ...others])).toEqual([...host, ...others]);
  });

  test('lack a value only where the host lacks it', () => {
    expect(inheritedFlags(['--import'], tmpdir())).toEqual(['--import']);
    expect(inheritedFlags(['--import='], tmpdir())).toEqual(['--import=']);
  });

  test.each([
    ['an inspector', ['--inspect', '--inspect-brk=0', '--inspect-port=9230']],
    [
      'limits and profiles of the host',
      ['--max-old-space-size=512', '--prof', '--cpu-prof', '--expose-gc', '--jitless'],
    ],
    [
      'a program on the command line',
      ['--input-type=module', '-e', 'console.log(1)', '--title=host', '--watch', '--test'],
    ],
  ])('leave out %s', (_what, flags) => {
    expect(inheritedFlags(flags)).toEqual([]);
  });
});

describe('the environment of a child', () => {
  test('is given whole, but for what belongs to the host', () => {
    const NODE_OPTIONS = '--inspect=9229 --enable-source-maps --inspect-brk';
    expect(childEnvironment({ PATH: '/bin', NODE_OPTIONS, NODE_CHANNEL_FD: '3', NODE_UNIQUE_ID: '1' })).toEqual({
      PATH: '/bin',
      NODE_OPTIONS: '--enable-source-maps',
    });
    expect(childEnvironment({ NODE_OPTIONS: '--inspect' })).toEqual({});
  });
});
