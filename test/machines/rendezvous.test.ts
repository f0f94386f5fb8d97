import { describe, expect, test } from 'vitest';
import { MAX_TURN_DELAY_MS, turnDelayMs, turnOf } from '../../src/machines/rendezvous.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'];
const OCCURRENCES = Array.from({ length: 5_000 }, (_, index) => `p/s${index % 7}@${index * 1_000}`);

describe('turnOf', () => {
  test('gives the nodes an order without gaps or ties, the same on each of them', () => {
    for (const occurrence of OCCURRENCES.slice(0, 200)) {
      const turns = NODES.map((nodeId) => turnOf(nodeId, NODES.toReversed(), occurrence));
      expect(turns.toSorted()).toEqual([0, 1, 2, 3, 4]);
    }
  });

  test('gives every node about the same share of first turns', () => {
    for (const nodeId of NODES) {
      const share = OCCURRENCES.filter((occurrence) => turnOf(nodeId, NODES, occurrence) === 0).length;
      expect(share / OCCURRENCES.length).toBeGreaterThan(0.17);
      expect(share / OCCURRENCES.length).toBeLessThan(0.23);
    }
  });

  test('does not reorder the other nodes when one leaves', () => {
    const rest = NODES.filter((nodeId) => nodeId !== 'c');
    const byTurn = (nodeIds: readonly string[], occurrence: string): string[] =>
      nodeIds.toSorted((x, y) => turnOf(x, nodeIds, occurrence) - turnOf(y, nodeIds, occurrence));
    for (const occurrence of OCCURRENCES.slice(0, 200)) {
      expect(byTurn(rest, occurrence)).toEqual(byTurn(NODES, occurrence).filter((nodeId) => nodeId !== 'c'));
    }
  });

  test('puts a node last that is not in the list yet', () => {
    expect(OCCURRENCES.slice(0, 50).map((occurrence) => turnOf('new', NODES, occurrence))).toEqual(
      Array.from({ length: 50 }, () => NODES.length),
    );
  });
});

describe('turnDelayMs', () => {
  const DUE_MS = 1_767_225_600_000;

  test('lets the first node try at once, and the others at whole half seconds after a head start', () => {
    expect(turnDelayMs(0, DUE_MS)).toBe(0);
    expect(turnDelayMs(1, DUE_MS)).toBe(500);
    expect(turnDelayMs(2, DUE_MS)).toBe(900);
    expect(turnDelayMs(7, DUE_MS)).toBe(900);
    expect(turnDelayMs(1, DUE_MS + 399)).toBe(101);
    expect(turnDelayMs(1, DUE_MS + 401)).toBe(599);
  });

  test('is never longer than it says', () => {
    const delays = Array.from({ length: 1_000 }, (_, index) => turnDelayMs(2, DUE_MS + index));
    expect(Math.max(...delays)).toBeLessThanOrEqual(MAX_TURN_DELAY_MS);
    expect(Math.min(...delays)).toBeGreaterThan(499);
  });
});
