import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackendError } from '../../errors.ts';
import type { LockingPlugin, StateStore } from '../../index.ts';
import type { ConformanceCase } from '../../testing/conformance/conformance-case.ts';
import { lockingConformance } from '../../testing/conformance/locking-conformance.ts';
import { storeConformance } from '../../testing/conformance/store-conformance.ts';
import { reasonOf } from '../../wire/error-record.ts';
import type { Command } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { UsageError } from '../input/usage-error.ts';
import { counted } from '../output/counted.ts';
import type { Terminal } from '../output/terminal.ts';

type Factory = (options: unknown) => unknown;

/** How one rule fared. */
interface Verdict {
  readonly rule: string;
  /** What is wrong; absent when the rule is kept. */
  readonly broken?: string;
}

/** `escapement conformance`: does a backend of one's own keep to what the engine relies on? */
export const conformanceCommand: Command = {
  name: 'conformance',
  parameters: '<module>',
  summary: 'try a lock backend or a store of your own on every rule that it has to keep',
  options: {
    options: { type: 'string', value: '<json>', help: "what the module's default export is called with" },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'The module is loaded as a scheduler would load it: its default export is (options) => backend. It is called once for every node that a rule needs, and all that it makes have to share one set of locks, or one place where state is kept.',
    'Exit code: 1 when a rule is broken.',
  ],
  run: async (args, terminal) => {
    const [typed] = args.positionals;
    if (typed === undefined)
      throw new UsageError('conformance needs a module: escapement conformance ./my-locking.js.');
    const options = optionsOf(textOption(args, 'options'));
    const factory = await factoryOf(typed);
    const verdicts: Verdict[] = [];
    for (const each of await casesFor(async () => factory(options))) {
      const verdict = await verdictOn(each);
      verdicts.push(verdict);
      if (args.values['json'] !== true) print(verdict, terminal);
    }
    const brokenCount = verdicts.filter(({ broken }) => broken !== undefined).length;
    if (args.values['json']) terminal.result(JSON.stringify(verdicts, null, 2));
    else {
      const summary = `${counted(verdicts.length - brokenCount, 'rule')} kept, ${brokenCount} broken`;
      terminal.notice(terminal.paintNotice(brokenCount === 0 ? 'green' : 'red', summary));
    }
    return brokenCount === 0 ? 0 : 1;
  },
};

function optionsOf(typed: string | undefined): unknown {
  if (typed === undefined) return {};
  try {
    return JSON.parse(typed);
  } catch (error) {
    throw new UsageError(`Option --options is no JSON: ${(error as Error).message}.`);
  }
}

async function factoryOf(typed: string): Promise<Factory> {
  const path = existsSync(typed) ? resolve(typed) : createRequire(`${process.cwd()}/`).resolve(typed);
  const { default: factory } = (await import(pathToFileURL(path).href)) as { default?: unknown };
  if (typeof factory === 'function') return factory as Factory;
  throw new BackendError(typed, 'its default export must be a function: (options) => backend');
}

/** The kit for what the module makes: a store, or else a lock backend. */
async function casesFor(make: () => Promise<unknown>): Promise<readonly ConformanceCase[]> {
  const made = (await make()) as StateStore | LockingPlugin;
  if ('openClaims' in made) return storeConformance(make as () => Promise<StateStore>);
  await made.cleanup?.();
  return lockingConformance(make as () => Promise<LockingPlugin>);
}

async function verdictOn({ name: rule, run }: ConformanceCase): Promise<Verdict> {
  try {
    await run();
    return { rule };
  } catch (error) {
    return { rule, broken: reasonOf(error) };
  }
}

function print({ rule, broken }: Verdict, terminal: Terminal): void {
  if (broken === undefined) terminal.result(`${terminal.paint('green', '✓')} ${rule}`);
  else terminal.result(`${terminal.paint('red', '✗')} ${rule}: ${broken}`);
}
