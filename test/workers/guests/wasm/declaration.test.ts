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

  test('is refused for all its unknown fields at once, each with the spelling of guests', () => {
    expect(() => declared({ jitterMs: 1, missedRunPolice: 'skip' })).toThrow(
      'its schedule "nightly" has unknown fields: jitterMs (did you mean jitter_ms?), ' +
        'missedRunPolice (did you mean missed_run_policy?)',
    );
  });

  test('counts unknown fields beyond the fourth', () => {
    const many = Object.fromEntries(['qqqqq', 'wwwww', 'xxxxx', 'zzzzz', 'yyyyy', 'vvvvv'].map((name) => [name, 1]));
    expect(() => declared(many)).toThrow(/unknown fields: .*zzzzz.*, 2 more; the fields are id, .*$/);
  });
});
