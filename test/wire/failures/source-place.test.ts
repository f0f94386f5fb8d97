import { describe, expect, test } from 'vitest';
import { placeSyntaxError, sourcePlaceOf } from '../../../src/wire/failures/source-place.ts';

describe('the place of a syntax error', () => {
  test.each([
    [
      'of JavaScript',
      "file:///srv/a.js:3\n  b: 'c' d\n         ^\n\nSyntaxError: Unexpected identifier 'd'\n    at f (node:x:1:2)",
      { file: '/srv/a.js', line: 3, column: 10, frame: "    3 |   b: 'c' d\n      |          ^" },
    ],
    [
      'of TypeScript, with the lines around it',
      "/srv/a.ts:12\n  one,\n\ttwo: : 1\n\t     ^\n  three\n\nSyntaxError [ERR_X]: Expected ','\n    at f (node:x:1:2)",
      { file: '/srv/a.ts', line: 12, column: 7, frame: '    12 | \ttwo: : 1\n       | \t     ^' },
    ],
    [
      'at the end of a file, which has no mark',
      'file:///srv/a.js:2\n\n\n\nSyntaxError: Unexpected end of input\n    at f (node:x:1:2)',
      { file: '/srv/a.js', line: 2, column: 1, frame: '    2 | \n      | ^' },
    ],
  ])('is read from the stack of one %s', (_, stack, place) => {
    expect(sourcePlaceOf(stack)).toEqual(place);
  });

  test('is shown in a part of a very long line', () => {
    const line = `${'x'.repeat(500)} = ;`;
    const place = sourcePlaceOf(`/srv/a.js:1\n${line}\n${' '.repeat(503)}^\n\nSyntaxError: Unexpected token ';'`);

    const [source = '', mark = ''] = place?.frame.split('\n') ?? [];
    expect(source.length).toBeLessThan(120);
    expect(source[mark.indexOf('^')]).toBe(';');
  });

  test.each([
    undefined,
    'SyntaxError: Unexpected token',
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000\n    at f (/srv/a.js:1:2)',
    'Error: in\n/srv/a.js:1\nwhat a plugin wrote\n    at f (/srv/a.js:1:2)',
  ])('is not found in another stack: %s', (stack) => {
    expect(sourcePlaceOf(stack)).toBeNull();
  });

  test('is not made up for an error that was thrown while code ran', () => {
    let thrown: unknown;
    try {
      JSON.parse('{');
    } catch (error) {
      thrown = error;
    }
    const before = (thrown as Error).stack;

    placeSyntaxError(thrown);

    expect((thrown as Error).stack).toBe(before);
  });

  test('is not looked for in a stack that is another one each time', () => {
    const answers: unknown[] = ['SyntaxError: mine', 7, null];
    const error = new SyntaxError('mine');
    Object.defineProperty(error, 'stack', { get: () => answers.shift() });

    expect(() => placeSyntaxError(error)).not.toThrow();
  });
});
