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

/** Whether a backend keeps one rule. */
interface Verdict {
  readonly rule: string;
  /** How the rule is broken; absent if it is kept. */
  readonly broken?: string;
}

/** `escapement conformance`: does a backend that the user wrote do what the engine relies on? */
export const conformanceCommand: Command = {
  name: 'conformance',
  parameters: '<module>',
  summary: 'check your own lock backend or store against the rules',
  options: {
    options: { type: 'string', value: '<json>', help: "argument of the module's default export (default: {})" },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'The module is loaded as a scheduler would load it; its default export must be\n(options) => backend. It is called once for every node that a rule needs. All\nbackends that it makes must share one set of locks, or keep state in one place.',
    'Exit code: 1 if a rule is broken.',
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
    throw new UsageError(`Option --options must be JSON: ${(error as Error).message}.`);
  }
}

async function factoryOf(typed: string): Promise<Factory> {
  const path = existsSync(typed) ? resolve(typed) : createRequire(`${process.cwd()}/`).resolve(typed);
  const { default: factory } = (await import(pathToFileURL(path).href)) as { default?: unknown };
  if (typeof factory === 'function') return factory as Factory;
  throw new BackendError(typed, 'its default export must be a function: (options) => backend');
}

/** The rules of what the module makes: of a store if it is one, and of a lock backend otherwise. */
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
