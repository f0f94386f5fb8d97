import { describe, expect, test } from 'vitest';
import { plainFields } from '../../../src/workers/context/log-fields.ts';

const forbidden = (): never => {
  throw new Error('foreign code was called');
};

describe('log fields', () => {
  test('that are data stay what they are', () => {
    const fields = { text: 'a', number: 1, nothing: null, list: [1, { deep: true }], when: new Date(0) };

    expect(plainFields(fields).fields).toEqual({ ...fields, when: '1970-01-01T00:00:00.000Z' });
  });

  test('that are not data are shown, and none of their code runs', () => {
    const fields = {
      get bomb() {
        return forbidden();
      },
      proxy: new Proxy({}, { ownKeys: forbidden, get: forbidden }),
      method: forbidden,
      big: 10n,
      symbol: Symbol('s'),
      bytes: new Uint8Array(8),
      invalid: new Date(Number.NaN),
    };

    expect(structuredClone(plainFields(fields).fields)).toEqual({
      bomb: '[getter]',
      proxy: '[Proxy]',
      method: '[Function]',
      big: '10n',
      symbol: 'Symbol(s)',
      bytes: '[binary data]',
      invalid: null,
    });
  });

  test('are bounded: in depth, number and length', () => {
    const round: Record<string, unknown> = { text: 'x'.repeat(1_000_000) };
    round['self'] = round;
    round['many'] = Array.from({ length: 10_000 }, () => 'y'.repeat(100));

    const { fields, length } = plainFields(round);

    expect(JSON.stringify(fields).length).toBeLessThan(64 * 1_024);
    expect(length).toBeGreaterThan(2_000);
  });
});
