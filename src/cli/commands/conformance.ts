import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackendError, PluginLoadError } from '../../errors.ts';
import type { JsonValue, LockingPlugin, StateStore } from '../../index.ts';
import type { ConformanceCase } from '../../testing/conformance/conformance-case.ts';
import { lockingConformance } from '../../testing/conformance/locking-conformance.ts';
import { pluginConformance } from '../../testing/conformance/plugin-conformance.ts';
import { storeConformance } from '../../testing/conformance/store-conformance.ts';
import { reasonOf } from '../../wire/error-record.ts';
import type { Command } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { readDuration } from '../input/duration.ts';
import { moduleOf } from '../input/plugin-module.ts';
import { UsageError } from '../input/usage-error.ts';
import { counted } from '../output/counted.ts';
import { printParagraph } from '../output/paragraph.ts';
import type { Cell } from '../output/table.ts';
import type { Style, Terminal } from '../output/terminal.ts';

type Factory = (options: unknown) => unknown;

const KINDS = ['plugin', 'backend'] as const;
type Kind = (typeof KINDS)[number];

/** Whether a plugin or a backend keeps one rule. */
interface Verdict {
  readonly rule: string;
  /** What was found, if that says something. */
  readonly note?: string;
  /** How the rule is broken; absent if it is kept. */
  readonly broken?: string;
}

/** `escapement conformance`: does a plugin or a backend that the user wrote do what the engine relies on? */
export const conformanceCommand: Command = {
  name: 'conformance',
  parameters: '<module>',
  summary: 'check your own plugin, lock backend or store against the rules',
  options: {
    options: { type: 'string', value: '<json>', help: 'options of the plugin, or of the backend (default: {})' },
    as: { type: 'string', value: '<kind>', help: 'plugin or backend (default: as the module loads)' },
    limit: { type: 'string', value: '<duration>', help: 'how long a run of a plugin may take (default: 30s)' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'A plugin is executed in pool threads, as by a scheduler: every schedule runs for\nreal, as an ordinary run, as a catch-up, and with an abort.',
    'A backend is loaded as a scheduler would load it; its default export must be\n(options) => backend. It is called once for every node that a rule needs. All\nbackends that it makes must share one set of locks, or keep state in one place.',
    'Exit code: 1 if a rule is broken.',
  ],
  run: async (args, terminal) => {
    const [typed] = args.positionals;
    if (typed === undefined)
      throw new UsageError('conformance needs a module: escapement conformance ./plugins/report.ts.');
    const options = optionsOf(textOption(args, 'options'));
    const limitMs = readDuration('--limit', textOption(args, 'limit') ?? '30s');
    const verdicts: Verdict[] = [];
    for (const each of await casesFor(typed, { options, limitMs, kind: kindOf(textOption(args, 'as')) })) {
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

function kindOf(typed: string | undefined): Kind | undefined {
  const kind = KINDS.find((each) => each === typed);
  if (typed === undefined || kind !== undefined) return kind;
  throw new UsageError(`Option --as must be plugin or backend, not "${typed}".`);
}

/** How the module is checked. */
interface Asked {
  readonly options: JsonValue;
  readonly limitMs: number;
  readonly kind: Kind | undefined;
}

/** A module that loads as a plugin is one. What is no plugin, or fails when it is made, may be a backend. */
async function casesFor(typed: string, { options, limitMs, kind }: Asked): Promise<readonly ConformanceCase[]> {
  if (kind === 'backend') return backendCases(typed, options);
  const [first, ...others] = await pluginConformance({ module: moduleOf(typed), options }, { limitMs });
  if (first === undefined || others.length > 0 || kind === 'plugin')
    return first === undefined ? [] : [first, ...others];
  const reason = await first.run().then(
    () => '',
    (error: unknown) => (error instanceof PluginLoadError ? error.reason : ''),
  );
  return NOT_A_PLUGIN.test(reason) ? backendCases(typed, options) : [first];
}

/** What a pool thread says of a module whose default export may be `(options) => backend`, and of one without any. */
const NOT_A_PLUGIN = /^(?:its default export is|its factory returned|it has no default export|its factory failed)/;

function optionsOf(typed: string | undefined): JsonValue {
  if (typed === undefined) return {};
  try {
    return JSON.parse(typed) as JsonValue;
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
async function backendCases(typed: string, options: JsonValue): Promise<readonly ConformanceCase[]> {
  const factory = await factoryOf(typed);
  const make = async () => factory(options);
  const made = (await make()) as StateStore | LockingPlugin;
  if ('openClaims' in made) return storeConformance(make as () => Promise<StateStore>);
  await made.cleanup?.();
  return lockingConformance(make as () => Promise<LockingPlugin>);
}

async function verdictOn({ name: rule, run, note }: ConformanceCase): Promise<Verdict> {
  try {
    await run();
    const found = note?.();
    return { rule, ...(found !== undefined && { note: found }) };
  } catch (error) {
    return { rule, broken: reasonOf(error) };
  }
}

function print({ rule, note, broken }: Verdict, terminal: Terminal): void {
  const label = (text: string, style: Style): Cell => ({ text, paint: (shown) => terminal.paint(style, shown) });
  if (broken !== undefined) printParagraph(`${rule}: ${broken}`, terminal, { indent: '', label: label('✗', 'red') });
  else {
    const found = note === undefined ? '' : ` (${note})`;
    printParagraph(`${rule}${found}`, terminal, { indent: '', label: label('✓', 'green') });
  }
}
