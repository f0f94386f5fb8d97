import { describe, expect, test } from 'vitest';
import { redactor, redactPathOf } from '../../src/wire/redaction.ts';

const CENSOR = '[Redacted]';

/** What is left of the fields with these paths. */
function redacted(fields: object, ...paths: string[]): unknown {
  return redactor(paths.map((path) => redactPathOf(path) ?? []))(fields as Record<string, unknown>);
}

describe('a path of secret fields', () => {
  test.each<[string, string[]]>([
    ['password', ['password']],
    ['user.token', ['user', 'token']],
    ['*.password', ['*', 'password']],
    ['items[*].secret', ['items', '*', 'secret']],
    ['[*]', ['*']],
    ['a[0]["b.c"].d', ['a', '0', 'b.c', 'd']],
    ["['user agent'][`x]`]", ['user agent', 'x]']],
    ['__proto__.x', ['__proto__', 'x']],
  ])('%s is read as its keys', (text, path) => {
    expect(redactPathOf(text)).toEqual(path);
  });

  test.each(['', '.', 'a.', '.a', 'a..b', 'a[', 'a]', 'a[]', 'a[0', 'a.[b]', 'a,b', ' a', 'a b', '**.a', 'a*', '["a]'])(
    '%j is not one',
    (text) => {
      expect(redactPathOf(text)).toBeNull();
    },
  );
});

describe('redaction', () => {
  test('censors what a path leads to, and nothing else', () => {
    const fields = { password: 'p', user: { token: 't', name: 'n' }, items: [{ secret: 's', id: 1 }, 2], other: null };
    expect(redacted(fields, 'password', 'user.token', 'items[*].secret', 'user.missing', 'other.x')).toEqual({
      password: CENSOR,
      user: { token: CENSOR, name: 'n' },
      items: [{ secret: CENSOR, id: 1 }, 2],
      other: null,
    });
    expect(fields.user.token).toBe('t');
  });

  test('follows every path that fits, with and without a wildcard', () => {
    const fields = { a: { b: 1, c: { d: 2 }, password: 3 }, e: { c: { d: 4 }, password: 5 } };
    expect(redacted(fields, 'a.b', '*.c.d', '*.password')).toEqual({
      a: { b: CENSOR, c: { d: CENSOR }, password: CENSOR },
      e: { c: { d: CENSOR }, password: CENSOR },
    });
    expect(redacted({ a: 1, b: [2] }, '*')).toEqual({ a: CENSOR, b: CENSOR });
  });

  test('takes every key for data, and touches no prototype', () => {
    const fields = JSON.parse('{"__proto__":{"x":1,"y":2},"constructor":{"name":"n"},"toJSON":"t"}');
    const before = Object.prototype.toString;
    const after = redacted(fields, '__proto__.x', 'constructor.name', '__proto__.toString', 'hasOwnProperty');
    expect(JSON.stringify(after)).toBe(
      `{"__proto__":{"x":"${CENSOR}","y":2},"constructor":{"name":"${CENSOR}"},"toJSON":"t"}`,
    );
    expect(Object.prototype.toString).toBe(before);
  });
});
