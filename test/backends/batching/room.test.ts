import { describe, expect, test } from 'vitest';
import { Room } from '../../../src/backends/batching/room.ts';

/** A room whose works end when the test says so, and which of them have begun. */
function roomOf(size: number) {
  const room = new Room(size);
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const enter = (name: string, own: number): Promise<string> =>
    room.within(own, () => {
      begun.push(name);
      const end = Promise.withResolvers<string>();
      ends.set(name, end);
      return end.promise;
    });
  return { begun, ends, enter };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Room', () => {
  test('lets in what fits, in order, and the next when one has left', async () => {
    const { begun, ends, enter } = roomOf(10);
    const results = [enter('a', 6), enter('b', 4), enter('c', 1), enter('d', 1)];
    await settled();
    expect(begun).toEqual(['a', 'b']);
    ends.get('b')?.resolve('done');
    await settled();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    for (const end of ends.values()) end.resolve('done');
    expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done']);
  });

  test('lets in alone what is larger than all of it, and nothing past it', async () => {
    const { begun, ends, enter } = roomOf(10);
    void enter('a', 5);
    void enter('large', 50);
    void enter('b', 1);
    await settled();
    expect(begun).toEqual(['a']);
    ends.get('a')?.resolve('');
    await settled();
    expect(begun).toEqual(['a', 'large']);
    ends.get('large')?.resolve('');
    await settled();
    expect(begun).toEqual(['a', 'large', 'b']);
  });

  test('has its place back from work that fails', async () => {
    const { begun, ends, enter } = roomOf(10);
    const failed = expect(enter('a', 10)).rejects.toThrow('disk full');
    void enter('b', 10);
    await settled();
    ends.get('a')?.reject(new Error('disk full'));
    await failed;
    await settled();
    expect(begun).toEqual(['a', 'b']);
  });
});
