import { describe, expect, test } from 'vitest';
import { placeIn, visibleStack } from '../../../src/wire/failures/stack-frames.ts';

const OURS = new URL('../../../src/workers/execute.ts', import.meta.url);
const STACK = [
  'TypeError: no volume',
  '    at JSON.parse (<anonymous>)',
  '    at read (node:fs:1:2)',
  '    at volumeOf (file:///srv/my%20plugins/report.ts:12:9)',
  '    at async Object.run (/srv/my plugins/main.ts:3:1)',
  `    at execute (${OURS.href}:1:2)`,
  `    at execute (${OURS.pathname}:1:2)`,
  '    at work (/srv/node_modules/escapement/dist/workers/execute.js:1:2)',
  '    at work (/srv/node_modules/piscina/dist/worker.js:1:2)',
  '    at process.processTicksAndRejections (node:internal/process/task_queues:1:2)',
].join('\n');

describe('the stack of an error', () => {
  test('is shown without the frames of Node and of Escapement', () => {
    expect(visibleStack(STACK).split('\n')).toEqual([
      'TypeError: no volume',
      '    at volumeOf (file:///srv/my%20plugins/report.ts:12:9)',
      '    at async Object.run (/srv/my plugins/main.ts:3:1)',
    ]);
  });

  test('says where somebody else\u2019s code threw it', () => {
    expect(placeIn(STACK)).toBe('/srv/my plugins/report.ts:12:9');
    expect(placeIn('Error: x\n    at file:///srv/a.ts:3:1')).toBe('/srv/a.ts:3:1');
    expect(placeIn('Error: x\n    at async file:///srv/a.ts:3:1')).toBe('/srv/a.ts:3:1');
    expect(placeIn('Error: x\n    at Object.<anonymous> (/srv/old (2)/a.cjs:3:1)')).toBe('/srv/old (2)/a.cjs:3:1');
    expect(placeIn('Error: x\n    at Object.f [as g] (file:///srv/old%20(2)/a.js:3:1)')).toBe('/srv/old (2)/a.js:3:1');
    expect(placeIn('Error: x\n    at guest.js:3:1')).toBe('guest.js:3:1');
    expect(placeIn('Error: x\n    at async Promise.all (index 0)')).toBeNull();
    expect(placeIn('Error: x\n    at eval (eval at f (/srv/a.js:3:1), <anonymous>:1:1)')).toBeNull();
    expect(placeIn('Error: x\n    at f (node:fs:1:2)')).toBeNull();
    expect(placeIn(undefined)).toBeNull();
  });
});
