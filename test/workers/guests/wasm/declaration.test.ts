import { describe, expect, test } from 'vitest';
import { GuestDeclarationError, schedulesOf } from '../../../../src/workers/guests/wasm/declaration.ts';

const declared = (own: object) => schedulesOf(JSON.stringify([{ id: 'nightly', cron: '@daily', ...own }]));

describe('the declaration of a guest', () => {
  test('has a watch in snake_case', () => {
    expect(declared({ watch: { max_silence_ms: 90_000 } })).toEqual([
      { id: 'nightly', cron: '@daily', watch: { maxSilenceMs: 90_000 } },
    ]);
    expect(declared({ watch: null })).toEqual([{ id: 'nightly', cron: '@daily' }]);
  });

  test('is refused for a field of a watch that there is not, and leaves what is not a watch to the check', () => {
    expect(() => declared({ watch: { maxSilenceMs: 90_000 } })).toThrow(GuestDeclarationError);
    expect(declared({ watch: 'always' })).toMatchObject([{ watch: 'always' }]);
  });
});
