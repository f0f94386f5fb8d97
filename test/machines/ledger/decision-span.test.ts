import { describe, expect, test } from 'vitest';
import { extended } from '../../../src/machines/ledger/decision-span.ts';
import type { Decision } from '../../../src/machines/run.ts';

const HOUR_MS = 3_600_000;

const at = (atMs: number, own: Partial<Decision> = {}): Decision => ({
  key: 'p/s',
  nodeId: 'n',
  outcome: 'lock-error',
  fromMs: atMs,
  untilMs: atMs,
  count: 1,
  atMs: atMs + 7,
  error: { name: 'Error', message: 'the server is away' },
  ...own,
});

describe('extended', () => {
  test('makes one decision of two that say the same', () => {
    const next = at(2_000, { untilMs: 4_000, count: 3, error: { name: 'Error', message: 'the server is away' } });
    expect(extended(at(1_000), next)).toEqual({ ...at(1_000), untilMs: 4_000, count: 4, atMs: 2_007 });
  });

  test.each<[string, Partial<Decision>]>([
    ['another schedule', { key: 'p/other' }],
    ['another node', { nodeId: 'other' }],
    ['another outcome', { outcome: 'contended' }],
    ['another reason', { reason: 'policy' }],
    ['a trigger by hand', { isManual: true }],
    ['another error', { error: { name: 'Error', message: 'the server refused' } }],
  ])('keeps the decision about %s apart', (_, own) => {
    expect(extended(at(1_000), at(2_000, own))).toBeNull();
    expect(extended(at(1_000, own), at(2_000))).toBeNull();
  });

  test.each([999, 1_000])('keeps an occurrence at %i ms apart, which is not later than the last', (atMs) => {
    expect(extended(at(1_000), at(atMs))).toBeNull();
  });

  test('lets a decision span an hour and no more', () => {
    expect(extended(at(1_000), at(1_000 + HOUR_MS))).not.toBeNull();
    expect(extended(at(1_000), at(1_001 + HOUR_MS))).toBeNull();
  });
});
