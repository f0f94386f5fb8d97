import { describe, expect, test } from 'vitest';
import { instrument } from '../../src/wasm/instrument.ts';
import { WasmError } from '../../src/wasm/wasm-error.ts';
import { engine, hasWideTables } from '../support/wasm/engine.ts';
import { INSTRUCTIONS, moduleWith } from '../support/wasm/every-instruction.ts';

const OPTIONS = { isMetered: true, maxMemoryPages: 100 };

describe('the pass knows every instruction', () => {
  test.each(Object.entries(INSTRUCTIONS))('of %s', (_group, instructions) => {
    const refused: string[] = [];
    for (const [name, code] of instructions) {
      const bytes = moduleWith(code);
      if (!hasWideTables && !engine.validate(bytes)) continue;
      expect(engine.validate(bytes), `the engine takes ${name} as it is`).toBe(true);
      if (!engine.validate(instrument(bytes, OPTIONS).bytes)) refused.push(name);
    }
    expect(refused).toEqual([]);
  });

  test.each([
    ['stack switching', [0xe2, 0], 'instruction 0xe2 (stack switching) is not supported'],
    ['wide arithmetic', [0xfc, 19], 'instruction 0xfc 0x13 (wide arithmetic) is not supported'],
    ['half precision', [0xfd, 0xa0, 2], 'instruction 0xfd 0x120 (half precision) is not supported'],
    ['a struct', [0xfb, 1, 0], 'instruction 0xfb 0x01 (objects of garbage collection) is not supported'],
    ['an array', [0xfb, 7, 0], 'instruction 0xfb 0x07 (objects of garbage collection) is not supported'],
    ['stringref', [0xfb, 0x80, 1], 'instruction 0xfb 0x80 (stringref) is not supported'],
    ['custom descriptors', [0xfb, 34], 'instruction 0xfb 0x22 (custom descriptors) is not supported'],
    ['shared-everything threads', [0xfe, 0x4f], 'instruction 0xfe 0x4f (shared-everything threads) is not supported'],
    ['a type of stack switching', [0xd0, 0x68], 'type 0x68 (stack switching) is not supported'],
    ['nothing', [0x17], 'instruction 0x17 is unknown'],
    ['nothing behind a prefix', [0xfe, 0x0f], 'instruction 0xfe 0x0f is unknown'],
  ])('it refuses by name what belongs to %s', (_proposal, code, message) => {
    const attempt = (): unknown => instrument(moduleWith(code), OPTIONS);
    expect(attempt).toThrow(WasmError);
    expect(attempt).toThrow(message);
  });
});
