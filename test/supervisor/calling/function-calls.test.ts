import { describe, expect, test } from 'vitest';
import { CallBench } from '../../support/call-bench.ts';

describe('a function of the host', () => {
  test('is called with the arguments of the plugin, and with who calls', async () => {
    const bench = new CallBench();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const run = { tenantId: 't', siteId: 's', startedAtWallMs: 5_000.5, traceparent };
    expect(await bench.call(run, 'cache.purge', { key: 1 }, 'now')).toBe('done');
    expect(bench.hostCalls).toEqual([
      {
        name: 'cache.purge',
        args: [{ key: 1 }, 'now'],
        caller: {
          plugin: 'reports',
          scheduleId: 'nightly',
          tenantId: 't',
          siteId: 's',
          runId: 'run-1',
          key: 'reports/nightly',
          startedAtMs: 5_000.5,
          traceparent,
        },
      },
    ]);
  });

  test('is there for a module that was granted none in particular', async () => {
    const bench = new CallBench();
    for (const permissions of [undefined, {}, { allowedUrls: [] }]) {
      expect(await bench.call({ ...(permissions && { permissions }) }, 'count')).toBe('done');
    }
  });

  test('is refused to a module that was granted others', async () => {
    const bench = new CallBench();
    const permissions = { hostFunctions: ['count'] };
    expect(await bench.call({ permissions }, 'count')).toBe('done');
    for (const granted of [permissions, { hostFunctions: [] }]) {
      await expect(bench.call({ permissions: granted }, 'cache.purge')).rejects.toMatchObject({
        name: 'HostCallError',
        code: 'ERR_ESCAPEMENT_CALL_DENIED',
        message: 'cache.purge: the plugin was not granted it (permissions.hostFunctions).',
      });
    }
  });

  test('is refused to a WASM guest that was granted none', async () => {
    const bench = new CallBench();
    const module = 'file:///guest.wasm';
    await expect(bench.call({ module }, 'count')).rejects.toThrow('was not granted it');
    expect(await bench.call({ module, permissions: { hostFunctions: ['count'] } }, 'count')).toBe('done');
  });

  test.each([
    ['a view of a buffer', new Uint8Array(50).subarray(0, 1), 'an argument must be JSON, but it is binary data'],
    ['a text in an object', { a: Object('x') }, 'an argument must be JSON, but a is an object of the class String'],
    [
      'a list with a field beside its items',
      Object.assign([], { a: 1 }),
      'its arguments must be a list of JSON values',
    ],
    ['too much', 'x'.repeat(2_000_000), 'its arguments take more than 1048576 bytes'],
  ])('is not called with %s', async (_, argument, reason) => {
    const bench = new CallBench();
    await expect(bench.call({}, 'count', argument)).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_CALL_INVALID',
      message: `count: ${reason}.`,
    });
    expect(bench.hostCalls).toEqual([]);
  });

  test('that never answers is given up when its run ends, and that of another run is not', async () => {
    const bench = new CallBench();
    const { promise, resolve } = Promise.withResolvers<string>();
    bench.hostAnswer = promise;
    const given = expect(bench.call({ runId: 'run-1' }, 'count')).rejects.toThrow('cancelled');
    const kept = bench.call({ runId: 'run-2' }, 'count');
    bench.calls.ended('run-1');
    await given;
    resolve('late');
    expect(await kept).toBe('late');
  });

  test('that does not exist is refused, with the one that may be meant', async () => {
    await expect(new CallBench().call({}, 'cache.purg')).rejects.toThrow(
      'cache.purg: the host has no such function: did you mean "cache.purge"?',
    );
  });
});
