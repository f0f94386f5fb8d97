import { describe, expect, test } from 'vitest';
import { pastPage } from '../../../../src/console/http/routes/past-page.ts';

const same = (atMs: number): number => atMs;

describe('a page of the past', () => {
  test('is the last one when there is no item more than wanted', () => {
    expect(pastPage([3, 2], 2, same)).toEqual({ page: [3, 2], next: null });
    expect(pastPage([], 2, same)).toEqual({ page: [], next: null });
  });

  test('leads on from its last item', () => {
    expect(pastPage([3, 2, 1], 2, same)).toEqual({ page: [3, 2], next: 2 });
  });

  test('leaves what happened in one instant together on the following page', () => {
    expect(pastPage([3, 2, 2], 2, same)).toEqual({ page: [3], next: 3 });
  });

  test('is cut in an instant only if it holds nothing else', () => {
    expect(pastPage([2, 2, 2], 2, same)).toEqual({ page: [2, 2], next: 2 });
  });
});
