import { expect, test } from 'vitest';
import { keysIn } from '../../../src/cli/live/keys.ts';

test.each([
  ['\u001b[A\u001b[B', ['up', 'down']],
  ['\u001bOAkj', ['up', 'up', 'down']],
  ['\u001b', ['back']],
  ['\u001b\u001b[B', ['back', 'down']],
  ['\u001b[5~\u001b[6~ ', ['page-up', 'page-down', 'page-down']],
  ['\r\u001b[C\u001b[D', ['enter', 'enter', 'back']],
  ['q\u0003', ['quit', 'quit']],
  ['\u001b[1;5B\u001b[99~xyz', []],
])('reads %j', (text, keys) => {
  expect(keysIn(text)).toEqual(keys);
});
