/** Every scenario, by kind. */

import { ARGUMENTS_OF_METHODS } from './hosts/arguments.ts';
import { FILES } from './hosts/files.ts';
import { HOST_FUNCTIONS } from './hosts/host-functions.ts';
import { LIFECYCLE } from './hosts/lifecycle.ts';
import { LISTENERS } from './hosts/listeners.ts';
import { LOCK_REPLIES } from './hosts/lock-replies.ts';
import { OPTIONS } from './hosts/options.ts';
import { RECORDS } from './hosts/records.ts';
import { ROWS } from './hosts/rows.ts';
import { runs } from './plugin-text.ts';
import { BLOCKING } from './plugins/blocking.ts';
import { CAPTURED_PORT } from './plugins/captured-port.ts';
import { DECLARATIONS, MODULES_LOADED } from './plugins/declarations.ts';
import { ENDING } from './plugins/ending.ts';
import { FLOODS } from './plugins/floods.ts';
import { FORGED_MESSAGES } from './plugins/forged-messages.ts';
import { GLOBALS_CHANGED } from './plugins/globals.ts';
import { INTRINSICS } from './plugins/intrinsics.ts';
import { LEFT_OVER } from './plugins/left-over.ts';
import { MEMORY } from './plugins/memory.ts';
import { THROWN_VALUES } from './plugins/thrown.ts';
import { fullName, type KindOfScenario, type Scenario, SUCCEEDED } from './scenario.ts';

const KINDS: Readonly<Record<string, readonly Scenario[]>> = {
  memory: MEMORY,
  messages: FORGED_MESSAGES,
  'captured-port': CAPTURED_PORT,
  intrinsics: INTRINSICS,
  globals: GLOBALS_CHANGED,
  'left-over': LEFT_OVER,
  blocking: BLOCKING,
  ending: ENDING,
  values: THROWN_VALUES,
  declarations: DECLARATIONS,
  modules: MODULES_LOADED,
  floods: FLOODS,
  'host-functions': HOST_FUNCTIONS,
  listeners: LISTENERS,
  arguments: ARGUMENTS_OF_METHODS,
  options: OPTIONS,
  files: FILES,
  rows: ROWS,
  records: RECORDS,
  lifecycle: LIFECYCLE,
  'lock-replies': LOCK_REPLIES,
};

export const SCENARIOS: readonly KindOfScenario[] = Object.entries(KINDS).flatMap(([kind, scenarios]) =>
  scenarios.map((scenario) => ({ kind, ...scenario })),
);

/** Whether this account and this system can try a scenario. */
export function isPossible({ maxThreadCount }: Scenario): boolean {
  return maxThreadCount === undefined || (process.platform === 'linux' && process.getuid?.() === 0);
}

/** What the neighbour does beside a plugin that is not hostile. */
export const CONTROL: KindOfScenario = {
  kind: 'control',
  name: 'nothing-hostile',
  plugin: runs(''),
  expect: { outcomes: SUCCEEDED },
  lingerMs: 1_500,
};

/** @throws Error for a name that no scenario has. */
export function scenarioNamed(name: string): KindOfScenario {
  const scenario = [CONTROL, ...SCENARIOS].find((candidate) => fullName(candidate) === name);
  if (scenario === undefined) throw new Error(`There is no scenario ${name}.`);
  return scenario;
}
