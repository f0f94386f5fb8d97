import { describe, expect, test } from 'vitest';
import { allowedBy } from '../../../src/machines/calling/allowed-urls.ts';

const isAllowed = (url: string, ...allowed: string[]): boolean => allowedBy(new URL(url), allowed) !== null;

describe('an allowed URL', () => {
  test.each([
    ['https://a.example/', 'https://a.example/'],
    ['https://a.example/x/y?q=1', 'https://a.example'],
    ['https://A.EXAMPLE:443/x', 'https://a.example/x'],
    ['https://a.example./x', 'https://a.example/x'],
    ['https://a.example/x', 'https://a.example./x'],
    ['http://a.example:8080/x', 'http://a.example:8080/'],
    ['https://a.example/x/y', 'https://a.example/x'],
    ['https://a.example/x/', 'https://a.example/x'],
    ['https://a.example/x/y', 'https://a.example/x/'],
    ['https://a.example/x/..b/c..', 'https://a.example/x/'],
    ['https://a.example/x/100%25', 'https://a.example/x/'],
    ['https://a.example/x/group%2Fname', 'https://a.example/x/'],
    ['https://a.example/..%2f', 'https://a.example/'],
    ['http://0x7f.1:80/x', 'http://127.0.0.1/'],
    ['http://[::1]/x', 'http://[0:0:0:0:0:0:0:1]/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('allows %s by %s', (url, allowed) => {
    expect(isAllowed(url, 'https://other.example/', allowed)).toBe(true);
  });

  test.each([
    ['https://a.example/xy', 'https://a.example/x'],
    ['https://a.example/x', 'https://a.example/x/'],
    ['https://a.example/X', 'https://a.example/x'],
    ['https://b.a.example/', 'https://a.example/'],
    ['https://a.example../', 'https://a.example/'],
    ['http://a.example/', 'https://a.example/'],
    ['https://a.example:444/', 'https://a.example/'],
    ['https://a.example/x/../y', 'https://a.example/x/'],
    ['https://a.example/x/%2E%2E/y', 'https://a.example/x/'],
    ['https://a.example/x/..%2Fy', 'https://a.example/x/'],
    ['https://a.example/x/..%5Cy', 'https://a.example/x/'],
    ['https://a.example/x/%252e%252e/y', 'https://a.example/x/'],
    ['https://a.example/x/%25252e%25252e%25252fy', 'https://a.example/x/'],
    ['https://a.example/x/..;/y', 'https://a.example/x/'],
    ['https://a.example/x/..%3B/y', 'https://a.example/x/'],
    ['https://a.example/x/..%00/y', 'https://a.example/x/'],
    ['https://a.example/x/y%2f..', 'https://a.example/x/'],
    ['http://127.0.0.2/', 'http://127.0.0.1/'],
    ['http://localhost/', 'http://127.0.0.1/'],
  ])('does not allow %s by %s', (url, allowed) => {
    expect(isAllowed(url, 'https://other.example/', allowed)).toBe(false);
  });

  test('that cannot be read allows nothing', () => {
    expect(isAllowed('https://a.example/', 'nonsense', '')).toBe(false);
    expect(isAllowed('https://a.example/')).toBe(false);
  });
});
