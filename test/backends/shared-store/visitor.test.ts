/** Writes from outside of any node, on a database in memory that fails on demand. */
import { describe, expect, test } from 'vitest';
import type { FoldedBatch, Sight, WriteVerdict } from '../../../src/backends/shared-store/shared-backend.ts';
import { type VisitedBackend, type VisitorView, writeAsVisitor } from '../../../src/backends/shared-store/visitor.ts';
import type { ScheduleEntry } from '../../../src/machines/schedule-entries.ts';
import { FailingBackend, openedStore } from '../../support/failing-database.ts';
import { KEY } from '../../support/ledger-entries.ts';

class VisitedMemory extends FailingBackend implements VisitedBackend {
  /** What others do at the moment at which a batch arrives. */
  meanwhile: () => Promise<unknown> = async () => {};

  visit(name: string): Promise<Sight> {
    return this.enter({ nodeId: name, incarnationId: name, atMs: 0 }, 0);
  }

  override async write(batch: FoldedBatch): Promise<WriteVerdict> {
    await this.meanwhile();
    return super.write(batch);
  }
}

/** A node with one schedule, and a visitor that moves it to 5,000. */
async function visited() {
  const node = await openedStore();
  const backend = new VisitedMemory(node.clock, node.memory, {
    call: async (work) => work(),
    hear: (deliver) => deliver(),
  });
  const views: VisitorView[] = [];
  const move = (own: { readonly inPass?: number } = {}): Promise<void> => {
    const entryFor = (view: VisitorView): ScheduleEntry => {
      views.push(view);
      const fromMs = view.schedules[0]?.cursorMs ?? 0;
      return { kind: 'repositioned', key: KEY, atMs: view.nowMs, how: 'placed', fromMs, cursorMs: 5_000, ...own };
    };
    return node.clock.advanceUntil(writeAsVisitor(backend, node.clock, (view) => [entryFor(view)]));
  };
  let pauseCount = 0;
  const pause = (): Promise<unknown> => {
    pauseCount += 1;
    return node.clock.advanceUntil(node.store.write({ kind: 'paused', key: KEY, pause: { atMs: pauseCount } }));
  };
  return { ...node, backend, views, move, pause };
}

describe('a visitor of a shared store', () => {
  test('writes what the nodes then see, and does not count as one of them', async () => {
    const { clock, memory, heard, views, move } = await visited();
    await move();
    expect(memory.ledger().schedule(KEY)).toMatchObject({ cursorMs: 5_000 });
    await clock.advance(500);
    expect(heard.changed.at(-1)).toMatchObject({ key: KEY, cursorMs: 5_000 });
    await move();
    expect(views.map(({ nodeIds }) => nodeIds)).toEqual([['node'], ['node']]);
  });

  test('looks again when somebody else was first', async () => {
    const { memory, backend, views, move, pause } = await visited();
    backend.meanwhile = async () => {
      backend.meanwhile = async () => {};
      await pause();
    };
    await move();
    expect(views.map(({ schedules }) => schedules[0]?.pause?.atMs)).toEqual([undefined, 1]);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ cursorMs: 5_000, pause: { atMs: 1 } });
  });

  test('gives up when others are first again and again', async () => {
    const { memory, backend, views, move, pause } = await visited();
    backend.meanwhile = pause;
    await expect(move()).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_BACKEND',
      message: expect.stringContaining('others changed it at the same moment'),
    });
    expect(views).toHaveLength(12);
    expect(memory.ledger().schedule(KEY)?.cursorMs).not.toBe(5_000);
  });

  test('looks again when the database has another history', async () => {
    const { memory, backend, views, move } = await visited();
    const failOver = memory.checkpoint();
    backend.meanwhile = async () => {
      backend.meanwhile = async () => {};
      failOver();
    };
    await move();
    expect(views).toHaveLength(2);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ cursorMs: 5_000 });
  });

  test('finds out whether it was written when the answer is lost', async () => {
    const { memory, backend, move } = await visited();
    backend.failures.push('after');
    await move();
    expect(backend.batches).toHaveLength(1);
    expect(memory.ledger().schedule(KEY)).toMatchObject({ cursorMs: 5_000 });
  });

  test('says why nothing was written', async () => {
    const { memory, backend, move } = await visited();
    backend.failures.push('before');
    await expect(move()).rejects.toThrow('away');
    backend.poison.add(KEY);
    await expect(move()).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_BACKEND',
      message: expect.stringContaining('not this'),
    });
    expect(memory.ledger().schedule(KEY)?.cursorMs).not.toBe(5_000);
  });

  test('says that nobody knows, if the database never answers again', async () => {
    const { clock, backend, move } = await visited();
    backend.failures.push('before');
    backend.isSilentOnBurn = true;
    const startMs = clock.monotonicMs();
    await expect(move()).rejects.toThrow('nobody knows whether the change was written');
    expect(clock.monotonicMs() - startMs).toBeLessThanOrEqual(11_000);
  });

  test('writes nothing that the store refuses', async () => {
    const { backend, move } = await visited();
    await expect(move({ inPass: 7 })).rejects.toThrow('it refuses the change');
    expect(backend.batches).toEqual([]);
  });
});
