import { expect, test } from 'vitest';
import { loadsAgain } from '../../../../src/supervisor/schedules/changing/loads-again.ts';
import type { InstalledPlugin } from '../../../../src/supervisor/schedules/plugin-registry.ts';

const FREE = { places: () => ({ taken: 0, held: 0, all: 0, threads: 2, maxQueue: 0 }) };
const FULL = { places: () => ({ taken: 2, held: 0, all: 2, threads: 2, maxQueue: 0 }) };

/** An installation, of which the loading looks only at these parts. */
function installed(module: string, isSealed: boolean): InstalledPlugin {
  return { reference: { module }, source: { isSealed } } as unknown as InstalledPlugin;
}

/** Loads what it is asked for in its own time, and says how. */
class Loader {
  readonly asked: string[] = [];
  #underWay = 0;
  mostUnderWay = 0;

  async load({ module }: { readonly module: string }): Promise<InstalledPlugin> {
    this.asked.push(module);
    this.#underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
    await new Promise(setImmediate);
    this.#underWay -= 1;
    if (module === 'refused.wasm') throw new Error('refused');
    return installed(module, module.endsWith('.wasm'));
  }

  loadAfresh(references: readonly { readonly module: string }[]): Promise<InstalledPlugin>[] {
    if (references.length > 0) this.asked.push(references.map(({ module }) => module).join('+'));
    return references.map(({ module }) => Promise.resolve(installed(module, module.endsWith('.wasm'))));
  }
}

async function modulesOf(loads: readonly Promise<InstalledPlugin>[]): Promise<string[]> {
  const results = await Promise.allSettled(loads);
  return results.map((result) => (result.status === 'fulfilled' ? result.value.reference.module : 'rejected'));
}

test('modules are loaded together in new workers, and guests one after the other, in their order', async () => {
  const loader = new Loader();
  const names = ['a.wasm', 'm.js', 'refused.wasm', 'n.js', 'b.wasm'];
  const plugins = names.map((name) => installed(name, name.endsWith('.wasm')));

  const loaded = await modulesOf(loadsAgain(plugins, loader, FREE));

  expect(loaded).toEqual(['a.wasm', 'm.js', 'rejected', 'n.js', 'b.wasm']);
  expect(loader.asked).toEqual(['m.js+n.js', 'a.wasm', 'refused.wasm', 'b.wasm']);
  expect(loader.mostUnderWay).toBe(1);
});

test('a guest gets a new worker while all are taken, and one that has become a module does, too', async () => {
  const loader = new Loader();

  await modulesOf(loadsAgain([installed('a.wasm', true)], loader, FULL));
  await modulesOf(loadsAgain([installed('now-a-module.js', true)], loader, FREE));

  expect(loader.asked).toEqual(['a.wasm', 'now-a-module.js', 'now-a-module.js']);
});
