/** The database of a virtual cluster whose nodes share a store. It has its own clock, and all its times are by that. */

import { MemoryGroups } from '../../backends/memory/memory-groups.ts';
import type {
  FoldedBatch,
  LookRequest,
  ScheduleView,
  Sight,
  WriteVerdict,
} from '../../backends/shared-store/shared-backend.ts';
import { KvTable } from '../../machines/kv/kv-table.ts';
import { Ledger } from '../../machines/ledger/ledger.ts';
import { EMPTY_LEDGER } from '../../machines/ledger/ledger-snapshot.ts';
import type { AuditEntry } from '../../machines/operating/audit.ts';
import type { Decision } from '../../machines/run.ts';
import type { Claim, SettledRun } from '../../machines/schedule-entries.ts';
import type { LifeEvent } from '../../machines/schedule-life.ts';
import type { Session, SessionSpan } from '../../machines/session.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { GroupRoster, GroupSign } from '../../supervisor/ports/groups.ts';
import { MemoryChannel } from './memory-channel.ts';

interface NodeRow {
  incarnationId: string;
  lastWritten: number;
  lastBurnt: number;
  expiresAtMs: number;
  ttlMs: number;
}

export class SharedMemory {
  readonly #clock: Clock;
  readonly #views = new Map<string, ScheduleView>();
  readonly #nodes = new Map<string, NodeRow>();
  readonly #runs: SettledRun[] = [];
  readonly #decisions = new Map<string, Decision>();
  readonly #life: LifeEvent[] = [];
  readonly #sessions: SessionSpan[] = [];
  readonly #operations: AuditEntry[] = [];
  readonly groups = new MemoryGroups();
  readonly kv = new KvTable();
  readonly channel = new MemoryChannel();
  #revision = 0;
  #historyCount = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /**
   * Remembers how everything is. The result makes the database forget what came after, as a fail-over to a standby that
   * lags behind does. If it `isSilent`, the history keeps its name, as when rows are restored by hand.
   */
  checkpoint(): (options?: { readonly isSilent: boolean }) => void {
    const kept = structuredClone({
      views: this.#views,
      nodes: this.#nodes,
      runs: this.#runs,
      decisions: this.#decisions,
      life: this.#life,
      sessions: this.#sessions,
    });
    const revision = this.#revision;
    return ({ isSilent } = { isSilent: false }) => {
      refill(this.#views, kept.views);
      refill(this.#nodes, kept.nodes);
      refill(this.#decisions, kept.decisions);
      this.#runs.splice(0, Number.POSITIVE_INFINITY, ...kept.runs);
      this.#life.splice(0, Number.POSITIVE_INFINITY, ...kept.life);
      this.#sessions.splice(0, Number.POSITIVE_INFINITY, ...kept.sessions);
      this.#revision = revision;
      if (isSilent) return;
      this.#historyCount += 1;
      this.channel.reset();
    };
  }

  /** Changes when the database has forgotten something. */
  get historyId(): string {
    return `history ${this.#historyCount}`;
  }

  enter({ nodeId, incarnationId, atMs }: Session, ttlMs: number): Sight {
    this.#nodes.set(nodeId, { ...this.#node(nodeId), incarnationId, expiresAtMs: 0, ttlMs });
    this.#sessions.push({ nodeId, incarnationId, startedAtMs: atMs, seenAtMs: atMs });
    this.#tell(nodeId);
    return this.look({ nodeId, incarnationId }, { sinceRevision: 0 });
  }

  /** Enters a history that may not know the node. */
  reenter(session: Session, ttlMs: number): Sight {
    const isKnown = this.#sessions.some(({ incarnationId }) => incarnationId === session.incarnationId);
    if (!isKnown) return this.enter(session, ttlMs);
    return this.look(session, { sinceRevision: 0 });
  }

  write(own: Omit<Session, 'atMs'>, historyId: string, batch: FoldedBatch): WriteVerdict {
    const verdict = this.#write(own.nodeId, historyId, batch);
    if (verdict.kind === 'written') {
      for (const { key } of batch.changes) this.#tell(own.nodeId, this.view(key));
    }
    if (batch.look === undefined || verdict.kind === 'other-history') return verdict;
    return { ...verdict, sight: this.look(own, batch.look) };
  }

  #write(nodeId: string, historyId: string, batch: FoldedBatch): WriteVerdict {
    const nowMs = this.nowMs();
    if (historyId !== this.historyId) return { nowMs, kind: 'other-history' };
    const node = this.#alive(nodeId);
    if ((batch.notBeforeMs ?? nowMs) > nowMs) return { nowMs, kind: 'early' };
    if (batch.number <= Math.max(node.lastWritten, node.lastBurnt)) return { nowMs, kind: 'late' };
    const stale = [...batch.changes, ...batch.checks].filter(
      ({ key, revision }) => this.view(key).revision !== revision,
    );
    if (stale.length > 0) return { nowMs, kind: 'conflict', views: stale.map(({ key }) => this.view(key)) };
    node.lastWritten = batch.number;
    const revisions = new Map<string, number>();
    for (const { key, state, claimed, unclaimed } of batch.changes) {
      this.#revision += 1;
      const closed = new Set(unclaimed);
      const claims = [...this.view(key).claims, ...claimed].filter(({ runId }) => !closed.has(runId));
      this.#views.set(key, { key, revision: this.#revision, claims, ...(state && { state }) });
      revisions.set(key, this.#revision);
    }
    this.#runs.push(...batch.runs);
    for (const { spanId, decision } of batch.decisions) this.#decisions.set(spanId, decision);
    this.#life.push(...batch.life);
    this.#operations.push(...(batch.operations ?? []));
    this.#sawNode(nodeId, batch.seenAtMs);
    return { nowMs, kind: 'written', revisions };
  }

  burn(nodeId: string, batchNumber: number): boolean {
    const node = this.#node(nodeId);
    if (node.lastWritten >= batchNumber) return true;
    // The node asks again when the answer was lost, and must get the same answer.
    node.lastBurnt = Math.max(node.lastBurnt, batchNumber);
    return false;
  }

  /** See `SharedBackend`. */
  signOfTwin({ nodeId, incarnationId }: Session): number | null {
    const node = this.#node(nodeId);
    const isOther = node.incarnationId !== '' && node.incarnationId !== incarnationId;
    return isOther && node.expiresAtMs > this.nowMs() ? node.expiresAtMs : null;
  }

  look({ nodeId, incarnationId }: Omit<Session, 'atMs'>, { sinceRevision, seenAtMs, group }: LookRequest): Sight {
    const nowMs = this.nowMs();
    const known = this.#node(nodeId).incarnationId;
    if (known !== '' && known !== incarnationId) {
      return { historyId: this.historyId, views: [], nodeIds: [], orphans: [], nowMs, isReplaced: true };
    }
    this.#alive(nodeId);
    this.#sawNode(nodeId, seenAtMs);
    const isAlive = (id: string): boolean => (this.#nodes.get(id)?.expiresAtMs ?? 0) > nowMs;
    const doubtInMs = this.#firstEnd(nodeId, isAlive) - nowMs;
    return {
      historyId: this.historyId,
      views: [...this.#views.values()].filter(({ revision }) => revision > sinceRevision),
      nodeIds: [...this.#nodes.keys()].filter(isAlive),
      orphans: this.openClaims().filter((claim) => !isAlive(claim.nodeId)),
      nowMs: this.nowMs(),
      isReplaced: false,
      ...(group && { roster: this.announceGroup({ nodeId, ...group, group }) }),
      ...(doubtInMs < Number.POSITIVE_INFINITY && { doubtInMs }),
    };
  }

  /** The group of a node counts for as long as the node is alive. */
  announceGroup(sign: GroupSign): GroupRoster {
    if (sign.group.keys !== undefined || this.groups.groupOf(sign.nodeId) !== sign.group.id) this.#tell(sign.nodeId);
    return this.groups.announce(sign, (id) => (this.#nodes.get(id)?.expiresAtMs ?? 0) > this.nowMs());
  }

  leave(nodeId: string, atMs: number): void {
    this.#node(nodeId).expiresAtMs = 0;
    const index = this.#sessions.findLastIndex((session) => session.nodeId === nodeId);
    const session = this.#sessions[index];
    if (session !== undefined) this.#sessions[index] = { ...session, seenAtMs: atMs, stoppedAtMs: atMs };
    this.#tell(nodeId);
  }

  view(key: string): ScheduleView {
    return this.#views.get(key) ?? { key, revision: 0, claims: [] };
  }

  openClaims(): Claim[] {
    return [...this.#views.values()].flatMap(({ claims }) => claims);
  }

  /** Everything in it, as a ledger that answers questions. */
  ledger(): Ledger {
    return new Ledger(
      {
        ...EMPTY_LEDGER,
        schedules: [...this.#views.values()].flatMap(({ state }) => state ?? []),
        openClaims: this.openClaims(),
        records: this.#runs.map(({ record }) => record),
        logs: this.#runs.map(({ record, log }) => [record.runId, log]),
        decisions: [...this.#decisions.values()],
        life: this.#life,
        sessions: this.#sessions,
        audit: this.#operations,
      },
      { writers: 'several-nodes' },
    );
  }

  /** When the first of the other nodes that have runs counts as gone. */
  #firstEnd(nodeId: string, isAlive: (nodeId: string) => boolean): number {
    const holders = this.openClaims().map((claim) => claim.nodeId);
    const ends = holders.filter((id) => id !== nodeId && isAlive(id)).map((id) => this.#node(id).expiresAtMs);
    return Math.min(...ends);
  }

  #tell(by: string, view?: ScheduleView): void {
    this.channel.tell({ by, historyId: this.historyId, ...(view && { view }) });
  }

  #alive(nodeId: string): NodeRow {
    const node = this.#node(nodeId);
    node.expiresAtMs = this.nowMs() + node.ttlMs;
    return node;
  }

  #node(nodeId: string): NodeRow {
    const unknown = { incarnationId: '', lastWritten: 0, lastBurnt: 0, expiresAtMs: 0, ttlMs: 0 };
    const node = this.#nodes.get(nodeId) ?? unknown;
    this.#nodes.set(nodeId, node);
    return node;
  }

  #sawNode(nodeId: string, atMs: number | undefined): void {
    const index = this.#sessions.findLastIndex((session) => session.nodeId === nodeId);
    const session = this.#sessions[index];
    if (session === undefined || atMs === undefined) return;
    this.#sessions[index] = { ...session, seenAtMs: Math.max(session.seenAtMs, atMs) };
  }
}

function refill<K, V>(map: Map<K, V>, kept: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of structuredClone(kept)) map.set(key, value);
}
