import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { initialTransition } from 'xstate';
import { definitionsOnly } from '../../scripts/definitions-only.ts';
import { type TransitionTable, transitionTable } from '../../src/machines/chart/transition-table.ts';
import {
  restingContext,
  SCHEDULE_EFFECTS,
  type ScheduleContext,
  type ScheduleEffect,
  type ScheduleEvent,
} from '../../src/machines/schedule-events.ts';
import { scheduleMachine } from '../../src/machines/schedule-machine.ts';
import { EVENTS } from '../support/machine-events.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

const SOURCE = join(import.meta.dirname, '../../src/machines/schedule-machine.ts');
const CONTEXT = restingContext('plugin/schedule', 'idle');
type Machine = typeof scheduleMachine;
type Table = TransitionTable<ScheduleContext, ScheduleEvent, ScheduleEffect>;

async function bundled(): Promise<{ readonly code: string; readonly machine: Machine }> {
  const build = await rolldown({ input: SOURCE, platform: 'node', plugins: [definitionsOnly] });
  const file = join(temporaryFolder(), 'machine.mjs');
  const { output } = await build.write({ file });
  await build.close();
  const { scheduleMachine: machine } = (await import(pathToFileURL(file).href)) as {
    readonly scheduleMachine: Machine;
  };
  return { code: output[0].code, machine };
}

function tableOf(machine: Machine): Table {
  return transitionTable(machine, new Set(SCHEDULE_EFFECTS));
}

/** What each event leads to from each state, with what guards and assignments answer. */
function behaviourOf(table: Table): unknown {
  return [...table.values()].map(({ name, path, transitions }) => ({
    name,
    path,
    transitions: [...transitions].map(([type, all]) => [
      type,
      all.map(({ guard, target, steps }) => ({
        target: target.path,
        guard: guard === null ? null : EVENTS.map((event) => guard({ context: CONTEXT, event })),
        steps: steps.map((step) =>
          step.kind === 'effect' ? step.effect : EVENTS.map((event) => step.update({ context: CONTEXT, event })),
        ),
      })),
    ]),
  }));
}

test('a machine that is bundled without what executes it is the same, and nothing of xstate stays outside', async () => {
  const { code, machine } = await bundled();
  expect(behaviourOf(tableOf(machine))).toEqual(behaviourOf(tableOf(scheduleMachine)));
  expect(code).not.toMatch(/^import /m);
  expect(code).not.toMatch(/class Actor|function macrostep/);
});

test('what executes a machine is left out, and fails if it is called', async () => {
  const { machine } = await bundled();
  const start = (one: Machine) => initialTransition(one, { key: 'plugin/schedule' });
  expect(() => start(scheduleMachine)).not.toThrow();
  expect(() => start(machine)).toThrow();
});
