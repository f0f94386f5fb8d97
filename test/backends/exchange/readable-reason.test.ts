import { describe, expect, test } from 'vitest';
import { readableReason } from '../../../src/backends/exchange/readable-reason.ts';

describe('readableReason', () => {
  test.each([
    ['postgres://me:s3cret@host/db', 'no s3cret here', 'no *** here'],
    ['postgres://me:a%2Fb@host/db', 'a/b and a%2Fb', '*** and ***'],
    ['postgres://me:p@ss@host/db', 'it is p@ss', 'it is ***'],
    ['postgres://me:p@ss@ho st/db', 'it is p@ss', 'it is ***'],
    ['postgres://me:s3cret@host/db?application_name=me@work', 'no s3cret here', 'no *** here'],
    ['postgres://host/db?user=me&password=s3cret', 's3cret', '***'],
    ['redis://host?password=a+%2Fb', 'a+%2Fb, or a /b', '***, or ***'],
    ['redis://:a@host', 'ERR a b', 'ERR *** b'],
    ['redis://:abc@host?password=abcdef', 'abcdef', '***'],
    ['redis://host', 'nothing to hide', 'nothing to hide'],
  ])('hides the passwords of %s', (url, message, shown) => {
    expect(readableReason(new Error(message), url)).toBe(shown);
  });

  test.each([
    ['postgres://postgres:postgres@host/db', 'password authentication failed for user "postgres"'],
    ['postgres://me:local@local/db', 'connect ECONNREFUSED local'],
    ['redis://:e@host', 'connect ECONNREFUSED 10.0.0.1:6379'],
    ['redis://:1@host', 'connect ECONNREFUSED 10.0.0.1:6379'],
  ])('leaves what is not the password of %s', (url, message) => {
    expect(readableReason(new Error(message), url)).toBe(message);
  });

  test.each([
    ['postgres://me:me@host/db', 'bad: postgres://me:me@host/db', 'bad: postgres://me:***@host/db'],
    ['postgres://me:me@host/db', 'user=me password=me', 'user=me password=***'],
    ['postgres://me:a.b(@host/db', 'no a.b( but aXb', 'no *** but aXb'],
    ['redis://:longenough@host', 'xlongenoughx', 'x***x'],
  ])('hides the password of %s where it stands as one', (url, message, shown) => {
    expect(readableReason(new Error(message), url)).toBe(shown);
  });

  test('hides the passwords of every URL', () => {
    const urls = ['redis://:first@a', 'redis://b', 'redis://:second@c'];
    expect(readableReason(new Error('first and second'), ...urls)).toBe('*** and ***');
  });

  test('shows control characters of a server', () => {
    expect(readableReason(new Error('\u001b[2J\u202eno'), '')).toBe('\\u001b[2J\\u202eno');
  });

  test('says what the first address answered when all addresses of a host refuse', () => {
    const several = new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('other')], 'all refused');
    expect(readableReason(several, '')).toBe('connect ECONNREFUSED ::1:1');
  });

  test.each([
    [new Error('first\nsecond'), 'first'],
    [new Error('A sentence.'), 'A sentence'],
    ['a text', 'a text'],
  ])('makes %j part of a sentence', (thrown, reason) => {
    expect(readableReason(thrown, '')).toBe(reason);
  });
});
