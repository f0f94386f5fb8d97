import type { Deadline, LockServer, ServerReply, ServerRequest } from '../../../src/backends/exchange/lock-server.ts';
import { ServerFault } from '../../../src/backends/exchange/server-fault.ts';
import { ServerLocking } from '../../../src/backends/exchange/server-locking.ts';
import {
  type ChannelListener,
  type SessionListener,
  TriedChannel,
} from '../../../src/backends/exchange/tried-channel.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

export const LOST = new ServerFault('Fake', 'the answer was lost', { isUnknown: true });
export const REFUSED = new ServerFault('Fake', 'it is full', { isUnknown: false });

/** Grants whatever it is asked for, unless the deadline has passed or a fault is due. */
export class FakeServer implements LockServer {
  readonly name = 'fake';
  readonly displayName = 'Fake';
  readonly requests: ServerRequest[] = [];
  readonly deadlines: Deadline[] = [];
  readonly #clock: VirtualClock;
  /** How far its clock is ahead. */
  aheadMs = 1_000_000;
  /** How much further its clock is set with every call. */
  stepMs = 0;
  /** What is wrong with its replies. */
  wrong: Partial<ServerReply> = {};
  isClosed = false;
  /** The session that listens. */
  ears: SessionListener | null = null;
  /** How many sessions have begun to listen. */
  sessions = 0;
  /** How many trials were sent. */
  trials = 0;
  /** Whether sessions hear anything. */
  carries = true;
  /** Whether exchanges tell anything. */
  speaks = true;
  #fault: ServerFault | null = null;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  failOnce(fault: ServerFault): void {
    this.#fault = fault;
  }

  async wallMs(): Promise<number> {
    return this.#clock.monotonicMs() + this.aheadMs;
  }

  async exchange(request: ServerRequest, deadline: Deadline): Promise<ServerReply> {
    this.requests.push(request);
    const { news, sign, attempts, renewals } = request;
    const claimed = attempts.flat().flatMap(({ key, occurrence }) => (occurrence === undefined ? [] : [key]));
    const isTold = news !== undefined && claimed.length > 0 && this.speaks;
    if (isTold) this.say(JSON.stringify({ by: news.by, no: news.no, claimed, wanted: [] }));
    return this.#reply(deadline, {
      renewals: renewals.map(() => true),
      tokens: attempts.map((locks) => locks.map(() => '7')),
      ...(news && { isTold }),
      ...(sign && { roster: { nodeIds: [sign.nodeId], groups: {}, isGroupKnown: false } }),
    });
  }

  async announce(_sign: unknown, deadline: Deadline): Promise<ServerReply> {
    return this.#reply(deadline, { nodeIds: ['a'], groups: {}, isGroupKnown: false });
  }

  async readGroup(id: string, deadline: Deadline): Promise<ServerReply> {
    return this.#reply(deadline, JSON.stringify([id]));
  }

  /** Sends a text to whoever listens. */
  say(text: string): void {
    if (this.carries) this.ears?.heard(text);
  }

  channel(listener: ChannelListener): TriedChannel {
    const ports = {
      prepare: async (ears: SessionListener) => ({
        listen: async () => {
          this.sessions += 1;
          this.ears = ears;
        },
        end: async () => {
          if (this.ears === ears) this.ears = null;
        },
      }),
      send: async (text: string) => {
        this.trials += 1;
        this.say(text);
      },
    };
    return new TriedChannel(ports, this.#clock, listener);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #reply(deadline: Deadline, answer: unknown): ServerReply {
    this.deadlines.push(deadline);
    const fault = this.#fault;
    this.#fault = null;
    if (fault !== null) throw fault;
    this.aheadMs += this.stepMs;
    const nowMs = this.#clock.monotonicMs() + this.aheadMs;
    return { isLate: nowMs > deadline.atMs, nowMs, answer, ...this.wrong };
  }
}

export async function opened() {
  const clock = new VirtualClock();
  const server = new FakeServer(clock);
  return { clock, server, locking: await ServerLocking.open(server, clock) };
}
