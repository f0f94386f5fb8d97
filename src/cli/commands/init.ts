import { resolve } from 'node:path';
import type { Command, CommandArguments } from '../command.ts';
import { EXIT_DONE } from '../exit-codes.ts';
import { carryOut } from '../init/carry-out.ts';
import { endingOf, type Plan, planFor, type Step } from '../init/plan.ts';
import { lookAt, type Project } from '../init/project.ts';
import { UsageError } from '../input/usage-error.ts';
import { alignedRows } from '../output/table.ts';
import type { Style, Terminal } from '../output/terminal.ts';

const LABELS: Readonly<
  Record<Step['kind'], { readonly done: string; readonly planned: string; readonly style: Style }>
> = {
  write: { done: 'wrote', planned: 'would write', style: 'green' },
  change: { done: 'changed', planned: 'would change', style: 'green' },
  keep: { done: 'kept', planned: 'would keep', style: 'dim' },
};

/** `escapement init`: a configuration, a plugin, its test and scripts, for the project that is there. */
export const initCommand: Command = {
  name: 'init',
  parameters: '[<folder>]',
  summary: 'write a configuration, a plugin and a test',
  options: {
    'dry-run': { type: 'boolean', help: 'show what it would write, and write nothing' },
    ts: { type: 'boolean', help: 'write TypeScript, whatever the project has' },
    js: { type: 'boolean', help: 'write JavaScript' },
  },
  details: [
    'It looks at the project, the working directory unless you name one, and asks\nnothing: package.json and tsconfig.json say whether to write TypeScript and ES\nmodules, and for which test runner. In an empty folder it writes TypeScript,\nwhich Node.js runs as it is.',
    'A file that is there is never replaced. Scripts are added to package.json,\nwhich keeps its order and its indentation. You may run it again at any time.',
  ],
  run: async (args, terminal) => {
    const project = lookAt(folderOf(args), languageOf(args));
    const plan = planFor(project);
    const isDry = args.values['dry-run'] === true;
    terminal.notice(terminal.paintNotice('dim', seenText(project)));
    if (!isDry) carryOut(plan.steps, project.folder);
    print(plan, terminal, isDry);
    return EXIT_DONE;
  },
};

/** @throws UsageError */
function folderOf({ positionals }: CommandArguments): string {
  const [folder = '.', ...others] = positionals;
  if (folder === '') throw new UsageError('The name of the folder is empty: for this one, name none.');
  if (others.length === 0) return resolve(folder);
  throw new UsageError(`init takes one folder, but ${positionals.length} were given.`);
}

function languageOf({ values }: CommandArguments): Project['language'] | undefined {
  if (values['ts'] === true && values['js'] === true) throw new UsageError('Use --ts or --js, not both.');
  if (values['ts'] === true) return 'TypeScript';
  return values['js'] === true ? 'JavaScript' : undefined;
}

/** What the command has seen, so that somebody who sees it otherwise knows why a file is as it is. */
function seenText(project: Project): string {
  const { language, isEsm, runner, manager } = project;
  const modules = isEsm ? 'ES modules' : `CommonJS, so new modules end in .${endingOf(project)}`;
  return `${language}, ${modules}, ${runner === 'node' ? besideText(project) : `tests by ${runner}`}, ${manager.name}`;
}

function besideText({ jest }: Project): string {
  if (jest === null) return 'tests by node:test beside those of another runner';
  return jest.kind === 'starts it'
    ? 'tests by node:test, started by jest'
    : `tests by node:test beside those of jest, because ${jest.why}`;
}

function print({ steps, next }: Plan, terminal: Terminal, isDry: boolean): void {
  const rows = steps.map((step) => {
    const { done, planned, style } = LABELS[step.kind];
    return [
      { text: isDry ? planned : done, paint: (text: string) => terminal.paint(style, text) },
      { text: step.path },
      { text: noteOf(step), paint: (text: string) => terminal.paint('dim', text) },
    ];
  });
  const lines = alignedRows(rows);
  for (const [index, step] of steps.entries()) {
    terminal.result(lines[index] ?? '');
    if (isDry && step.kind !== 'keep') printText(step.text, terminal);
  }
  if (isDry) return;
  terminal.notice('');
  terminal.notice('Next:');
  for (const line of alignedRows(next.map(({ command, what }) => [{ text: `  ${command}` }, { text: what }])))
    terminal.notice(line);
}

function noteOf(step: Step): string {
  if (step.kind === 'write') return '';
  return step.kind === 'change' ? step.what : step.why;
}

function printText(text: string, terminal: Terminal): void {
  for (const line of text.trimEnd().split('\n')) terminal.result(`    ${line}`.trimEnd());
}
