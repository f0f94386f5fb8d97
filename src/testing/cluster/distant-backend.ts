import { TriedChannel } from '../../backends/exchange/tried-channel.ts';
import type {
  FoldedBatch,
  LookRequest,
  NewsListener,
  SharedBackend,
  Sight,
  WriteVerdict,
} from '../../backends/shared-store/shared-backend.ts';
import type { OccurrenceFacts } from '../../machines/explaining/occurrence-facts.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import type { KvAnswer, KvRequest } from '../../machines/kv/kv-request.ts';
import type { AuditEntry, AuditQuery } from '../../machines/operating/audit.ts';
import type { Claim } from '../../machines/schedule-entries.ts';
import type { Session } from '../../machines/session.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { GroupRoster, GroupSign } from '../../supervisor/ports/groups.ts';
import { within } from '../../supervisor/ports/within.ts';
import type { Link } from './link.ts';
import { newsIn } from './memory-channel.ts';
import type { SharedMemory } from './shared-memory.ts';

/** How long a call may take, as with a real driver. */
const ANSWER_LIMIT_MS = 3_000;

/** The database of a virtual cluster as one node reaches it, over a link. */
export class DistantBackend implements SharedBackend {
  readonly name = 'shared memory';
  readonly #clock: Clock;
  readonly #memory: SharedMemory;
  readonly #link: Pick<Link, 'call' | 'hear'>;
  #channel: TriedChannel | null = null;
  #nodeId = '';
  #incarnationId = '';
  #historyId = '';
  #reenter: () => Sight = () => {
    throw new Error('it has not entered');
  };

  constructor(clock: Clock, memory: SharedMemory, link: Pick<Link, 'call' | 'hear'>) {
    this.#clock = clock;
    this.#memory = memory;
    this.#link = link;
  }

  readClock(): Promise<number> {
    return this.#call(() => this.#memory.nowMs());
  }

  signOfTwin(session: Session): Promise<number | null> {
    return this.#call(() => this.#memory.signOfTwin(session));
  }

  askForSigns({ incarnationId }: Session): Promise<void> {
    const { channel, historyId } = this.#memory;
    return this.#call(() => channel.tell({ by: incarnationId, historyId }));
  }

  async enter(session: Session, ttlMs: number): Promise<Sight> {
    this.#nodeId = session.nodeId;
    this.#incarnationId = session.incarnationId;
    this.#reenter = () => this.#memory.reenter(session, ttlMs);
    const sight = await this.#call(() => this.#memory.enter(session, ttlMs));
    this.adopt(sight.historyId);
    return sight;
  }

  reenter(): Promise<Sight> {
    return this.#call(this.#reenter);
  }

  adopt(historyId: string): void {
    this.#historyId = historyId;
  }

  write(batch: FoldedBatch): Promise<WriteVerdict> {
    const historyId = this.#historyId;
    return this.#call(() => this.#memory.write(this.#own, historyId, batch));
  }

  burn(batchNumber: number): Promise<boolean> {
    return this.#call(() => this.#memory.burn(this.#nodeId, batchNumber));
  }

  look(request: LookRequest): Promise<Sight> {
    return this.#call(() => this.#memory.look(this.#own, request));
  }

  listen(listener: NewsListener): void {
    const { channel } = this.#memory;
    this.#channel = new TriedChannel(
      {
        prepare: async ({ heard, lost }) => {
          const ear = {
            heard: (text: string) => this.#link.hear(() => heard(text)),
            lost: () => this.#link.hear(lost),
          };
          return {
            listen: () => this.#link.call(() => channel.join(ear)),
            end: async () => channel.leave(ear),
          };
        },
        send: (text) => this.#link.call(() => channel.send(text)),
      },
      this.#clock,
      {
        heard: (text) => {
          const { by, ...news } = newsIn(text);
          if (by !== this.#nodeId) listener.heard(news);
        },
        hearing: (isHearing) => listener.hearing(isHearing),
      },
    );
    this.#channel.start();
  }

  doubtNews(): void {
    this.#channel?.doubt();
  }

  announceGroup(sign: GroupSign): Promise<GroupRoster> {
    return this.#call(() => this.#memory.announceGroup(sign));
  }

  readGroup(id: string): Promise<readonly string[] | null> {
    return this.#call(() => this.#memory.groups.keysOf(id));
  }

  openClaims(): Promise<readonly Claim[]> {
    return this.#call(() => this.#memory.openClaims());
  }

  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#call(() => this.#memory.ledger().history(query));
  }

  facts(key: string, atMs: number): Promise<OccurrenceFacts> {
    return this.#call(() => this.#memory.ledger().facts(key, atMs));
  }

  audit(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.#call(() => this.#memory.ledger().audit(query));
  }

  kv(request: KvRequest): Promise<KvAnswer> {
    return this.#call(() => this.#memory.kv.ask(request));
  }

  /** There is nothing to prune: a test ends before anything is too old. */
  async prune(): Promise<boolean> {
    return false;
  }

  leave(atMs: number): Promise<void> {
    return this.#call(() => this.#memory.leave(this.#nodeId, atMs));
  }

  async close(): Promise<void> {
    await this.#channel?.close();
  }

  get #own(): Omit<Session, 'atMs'> {
    return { nodeId: this.#nodeId, incarnationId: this.#incarnationId };
  }

  #call<T>(work: () => T): Promise<T> {
    return within(this.#clock, this.#link.call(work), { limitMs: ANSWER_LIMIT_MS, who: 'the database' });
  }
}
