import { once } from 'node:events';
import fs from 'node:fs';
import module from 'node:module';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Surroundings } from '../../../src/workers/realm/surroundings.ts';

const none = (): never => {
  throw new Error('poisoned');
};
const { statSync } = fs;
const writableFs = fs as { statSync: unknown };

describe('what surrounds plugins', () => {
  test('loses a variable that was added and that Node reads', () => {
    onTestFinished(() => void delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
    const surroundings = new Surroundings();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

    expect(surroundings.restore('deep')).toBe('process.env.NODE_TLS_REJECT_UNAUTHORIZED');

    expect(process.env['NODE_TLS_REJECT_UNAUTHORIZED']).toBeUndefined();
  });

  test('is as it was', () => {
    expect(new Surroundings().restore('deep')).toBeNull();
  });

  test.each<[string, object, string]>([
    ['a function of a builtin module', fs, 'fs.statSync'],
    ['a function of the console', console, 'console.log'],
    ['the environment', process, 'process.env'],
    ['a function that is inherited', process, 'process.on'],
    ['a global', globalThis, 'globalThis.fetch'],
  ])('is put back: %s', (_, object, name) => {
    const key = name.slice(name.indexOf('.') + 1);
    const holder = object as Record<string, unknown>;
    const [before, isOwn] = [holder[key], Object.hasOwn(object, key)];
    const surroundings = new Surroundings();
    holder[key] = none;

    expect(surroundings.restore('deep')).toBe(name);

    expect([holder[key], Object.hasOwn(object, key)]).toEqual([before, isOwn]);
    expect(surroundings.restore('deep')).toBeNull();
  });

  test('is put back for those who import a function by its name', async () => {
    const surroundings = new Surroundings();
    const { syncBuiltinESMExports } = await import('node:module');
    writableFs.statSync = none;
    syncBuiltinESMExports();

    surroundings.restore('deep');

    expect((await import('node:fs')).statSync).toBe(statSync);
  });

  test('is put back when variables were removed or changed, and keeps those that were added', () => {
    process.env['ESCAPEMENT_KEPT'] = 'kept';
    onTestFinished(() => {
      delete process.env['ESCAPEMENT_KEPT'];
      delete process.env['ESCAPEMENT_ADDED'];
    });
    const surroundings = new Surroundings();
    process.env['ESCAPEMENT_ADDED'] = 'added';
    expect(surroundings.restore('deep')).toBeNull();

    delete process.env['ESCAPEMENT_KEPT'];

    expect(surroundings.restore('deep')).toBe('process.env.ESCAPEMENT_KEPT');
    expect(process.env).toMatchObject({ ESCAPEMENT_KEPT: 'kept', ESCAPEMENT_ADDED: 'added' });
  });

  test('is put back when arguments or listeners of the process were removed', async () => {
    const heard = once(process, 'escapement-test' as 'exit');
    const surroundings = new Surroundings();
    process.argv.push('--one-more');
    expect(surroundings.restore('deep')).toBe('process.argv');
    process.removeAllListeners('escapement-test');

    expect(surroundings.restore('deep')).toBe('the listeners of process for escapement-test');

    process.emit('escapement-test' as 'exit', 7);
    expect(await heard).toEqual([7]);
  });

  test.runIf('registerHooks' in module)('is put back when hooks of modules were added', async () => {
    const surroundings = new Surroundings();
    module.registerHooks({ resolve: none });

    expect(surroundings.restore('deep')).toBe('the hooks of node:module');

    expect(() => module.createRequire(import.meta.url)('node:os')).not.toThrow();
    expect(surroundings.restore('deep')).toBeNull();
  });

  test('is what the libraries of a plugin have made of it', () => {
    const surroundings = new Surroundings();
    onTestFinished(() => {
      writableFs.statSync = statSync;
    });
    writableFs.statSync = none;
    surroundings.accept();

    expect(surroundings.restore('deep')).toBeNull();
  });
});
