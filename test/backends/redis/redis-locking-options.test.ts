import { describe, expect, test } from 'vitest';
import { redisOptions } from '../../../src/backends/redis/redis-locking-options.ts';

describe('the prefix of locks in Redis', () => {
  test.each(['escapement', 'a:b-c', 'préfixe', '😀'.repeat(9)])('may be %s', (prefix) => {
    expect(redisOptions({ url: 'redis://localhost', prefix })).toMatchObject({ prefix });
  });

  test.each(['', 'a b', '{a}', 'a\ud800', '\udbffa', 'x'.repeat(101)])('may not be %j', (prefix) => {
    expect(() => redisOptions({ url: 'redis://localhost', prefix })).toThrow('half a surrogate pair');
  });
});
