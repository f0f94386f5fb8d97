import { describe, expect, test } from 'vitest';
import { BackendError } from '../../../src/errors.ts';
import { OperatorActions } from '../../../src/supervisor/operating/actions.ts';
import { AuditTrail } from '../../../src/supervisor/operating/audit-trail.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const key = 'p/s';
const by = 'anna';

const never = (): never => expect.fail('not part of these tests');

/** A node whose store no longer answers writes from `hang()` on. */
class HungNode {
  readonly node = new VirtualEngine();
  readonly actions: OperatorActions;
  readonly #audit: AuditTrail;

  constructor() {
    const { clock, store, recorder, engine } = this.node;
    this.#audit = new AuditTrail({ clock, store, recorder, nodeId: 'node' });
    this.actions = new OperatorActions({
      clock,
      store,
      audit: this.#audit,
      running: () => engine,
      plugins: { install: never, reload: never, uninstall: never },
      counting: { counters: [], installed: { all: never } },
      drain: never,
    });
    this.node.start(define(key, every(HOUR)));
  }

  hang(): void {
    this.node.store.write = () => new Promise(() => {});
  }

  /** The rejection of an action, and how long it took. */
  async refusalOf(action: Promise<unknown>): Promise<{ readonly error: unknown; readonly afterMs: number }> {
    const { clock } = this.node;
    const askedAtMs = clock.monotonicMs();
    const error = await clock.advanceUntil(action.catch((thrown: unknown) => thrown));
    return { error, afterMs: clock.monotonicMs() - askedAtMs };
  }

  async audited(): Promise<unknown> {
    const [entry] = await this.#audit.list({});
    return entry;
  }
}

describe('what an operator does while the store does not answer', () => {
  test('a trigger is refused that waits for the end of the last run to be written', async () => {
    const hung = new HungNode();
    await hung.actions.trigger({ key, by });
    await hung.node.clock.advance(0);
    hung.hang();
    await hung.node.clock.advance(SECOND);
    expect(hung.node.runs).toHaveLength(1);

    const { error, afterMs } = await hung.refusalOf(hung.actions.triggerWhenRecorded({ key, by }));
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({
      backend: 'memory',
      message: expect.stringMatching(/not answered for 15 s, so the end of the last run of "p\/s" is not written yet/),
    });
    expect(afterMs).toBe(15 * SECOND);
    expect(await hung.audited()).toMatchObject({
      action: 'trigger',
      key,
      by,
      refusal: expect.stringContaining('15 s'),
    });
  });

  test.each([
    ['pause', 'paused', 'paused on this node'],
    ['resume', 'idle', 'resumed on this node'],
  ] as const)(
    'a %s holds on this node, and is refused because it may not be kept',
    async (action, state, meanwhile) => {
      const hung = new HungNode();
      if (action === 'resume') await hung.actions.pause({ key, by });
      hung.hang();

      const { error, afterMs } = await hung.refusalOf(hung.actions[action]({ key, by }));
      expect(error).toMatchObject({ code: 'ERR_ESCAPEMENT_BACKEND', message: expect.stringContaining(meanwhile) });
      expect(afterMs).toBe(15 * SECOND);
      expect(hung.node.engine.schedules.statuses()).toMatchObject([{ key, state }]);
      expect(await hung.audited()).toMatchObject({ action, key, by, refusal: expect.stringContaining(meanwhile) });
    },
  );

  test('a move of a schedule is refused', async () => {
    const hung = new HungNode();
    hung.hang();
    const { error, afterMs } = await hung.refusalOf(hung.actions.setPosition({ key, by, atMs: 1 }));
    expect(error).toMatchObject({ message: expect.stringContaining('nobody knows whether the new position is kept') });
    expect(afterMs).toBe(15 * SECOND);
    expect(await hung.audited()).toMatchObject({ action: 'set-position', refusal: expect.any(String) });
  });

  test('a run is aborted at once, and a trigger of a schedule at rest starts one', async () => {
    const hung = new HungNode();
    const { runId } = hung.actions.trigger({ key, by });
    hung.hang();
    const { error, afterMs } = await hung.refusalOf(hung.actions.abort({ runId, by }));
    expect([error, afterMs]).toEqual([null, 0]);
    expect(await hung.audited()).toEqual(expect.not.objectContaining({ refusal: expect.anything() }));
  });

  test('a pause that the store fails to keep within the limit is done, with a warning', async () => {
    const hung = new HungNode();
    const { store, clock } = hung.node;
    store.write = () =>
      new Promise((_, reject) => {
        clock.sleep(10 * SECOND, () => reject(new Error('the disk did not answer for 10 s')));
      });
    const { error, afterMs } = await hung.refusalOf(hung.actions.pause({ key, by }));
    expect([error, afterMs]).toEqual([null, 10 * SECOND]);
    expect(hung.node.warnings).toMatchObject([{ code: 'store-failed' }]);
  });
});
