import { expect, test } from 'vitest';
import { InTurn } from '../../../src/supervisor/operating/in-turn.ts';
import { SchedulePages } from '../../../src/supervisor/operating/listing/schedule-pages.ts';
import { survey, troubleFinder } from '../../../src/supervisor/operating/problems.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const SECOND = 1_000;

test('what is wrong with schedules is found, and the worst is listed first', async () => {
  const node = new VirtualEngine();
  node.pool.script = ({ key }) => {
    if (key === 'a/fails') return { durationMs: 10, outcome: 'failed' };
    if (key === 'd/stuck') return { durationMs: 100, outcome: 'timed-out', quarantinedForMs: 3_000 };
    return { durationMs: key === 'b/runs' ? 900 : 10 };
  };
  const next = (fromMs: number): number => {
    if (fromMs > startMs + SECOND) throw new Error('knows no more');
    return every(SECOND).next(fromMs);
  };
  const startMs = node.clock.nowMs();
  node.start(
    define('a/fails', every(SECOND)),
    define('b/runs', every(SECOND)),
    define('c/ends', { ...every(SECOND), next }),
    define('d/stuck', every(SECOND)),
    define('e/works', every(SECOND)),
  );
  await node.clock.advance(3.5 * SECOND);

  const { schedules } = node.engine;
  const found = async (): Promise<object> => {
    const troubleOf = troubleFinder(schedules);
    return Object.fromEntries([...schedules.all()].map((schedule) => [schedule.definition.key, troubleOf(schedule)]));
  };
  expect(await found()).toEqual({
    'a/fails': 'failing',
    'b/runs': null,
    'c/ends': 'faulted',
    'd/stuck': 'quarantined',
    'e/works': null,
  });
  const pages = new SchedulePages(node.clock, schedules, new InTurn());
  const keys = async (query: object): Promise<readonly string[]> =>
    (await pages.page(query)).schedules.map(({ key }) => key);
  expect(await keys({ sort: 'problem' })).toEqual(['d/stuck', 'c/ends', 'a/fails', 'b/runs', 'e/works']);
  expect(await keys({ onlyProblems: true })).toEqual(['a/fails', 'c/ends', 'd/stuck']);
  const { states, troubles } = await survey(node);
  expect(states).toEqual({ idle: 2, running: 1, faulted: 1, quarantined: 1 });
  expect(troubles.quarantined.map(({ definition }) => definition.key)).toEqual(['d/stuck']);

  await node.clock.advance(0.7 * SECOND);
  expect(await found()).toMatchObject({ 'd/stuck': 'failing' });
});
