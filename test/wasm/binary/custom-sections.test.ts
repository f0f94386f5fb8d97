import { describe, expect, test } from 'vitest';
import { instrument } from '../../../src/wasm/instrument.ts';
import { instantiate } from '../../support/wasm/engine.ts';
import { buildModule, END, text, unsigned } from '../../support/wasm/module-builder.ts';

/** A part of a name section: of the module (0) or of functions (1). */
const part = (id: number, content: readonly number[], length = content.length) => [id, ...unsigned(length), ...content];
const ofModule = (name: string) => part(0, text(name));
const ofFunction = (name: string, length?: number) => part(1, [1, 0, ...text(name)], length);

/** What V8 says of the trap of a module with this name section. */
function stackOfTrap(names: readonly number[], isMetered: boolean): string {
  const module = buildModule({
    types: [{ params: [], results: [] }],
    functions: [{ type: 0, code: [0x00, END] }],
    exports: { run: 0 },
    custom: { name: names },
  });
  const { exports } = instantiate(instrument(module, { isMetered, maxMemoryPages: 1 }).bytes);
  try {
    (exports['run'] as () => void)();
  } catch (error) {
    return (error as Error).stack ?? '';
  }
  return '';
}

describe.each([true, false])('the name section of a module (counted: %s)', (isMetered) => {
  test('stays if its names are no longer than 4 KiB', () => {
    const stack = stackOfTrap([...ofModule('report'), ...ofFunction('f'.repeat(4_096))], isMetered);

    expect(stack).toContain('f'.repeat(4_096));
    expect(stack).toContain('report');
  });

  test.each([
    ['a function has a longer one', ofFunction('f'.repeat(4_097))],
    ['the module has a longer one', ofModule('f'.repeat(4_097))],
    ['a part is said to be shorter than its names', ofFunction('f'.repeat(4_097), 3)],
    ['a part is said to be longer than its names', [...part(1, [0, ...ofFunction('f'.repeat(4_097))])]],
    ['a part ends too early', [...ofFunction('f'), 1, 9]],
  ])('goes if %s', (_what, names) => {
    const stack = stackOfTrap(names, isMetered);

    expect(stack).toContain('wasm-function[0]');
    expect(stack).not.toContain('f'.repeat(9));
    expect(stack).not.toMatch(/at f \(/);
  });
});
