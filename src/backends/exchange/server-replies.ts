import type { NodeSign } from '../../supervisor/ports/locking.ts';
import { previewOf } from '../../wire/value-preview.ts';
import { keysIn } from './group-document.ts';
import type { AnnounceAnswer, ExchangeAnswer, Reply, ServerReply, ServerRequest } from './lock-server.ts';
import { ServerFault } from './server-fault.ts';

/**
 * Checks what a server answered before it is believed: something else may answer in its place, or its scripts may not
 * be ours. A wrong reply is a fault of which nobody knows whether the request was carried out.
 */
export class ServerReplies {
  readonly #server: string;

  /** @param server The server's name in messages. */
  constructor(server: string) {
    this.#server = server;
  }

  /** The server's wall clock. @throws {ServerFault} */
  wallMs(reply: unknown): number {
    if (typeof reply === 'number' && Number.isFinite(reply) && reply > 0) return reply;
    throw this.#wrong('its clock must be epoch milliseconds', reply);
  }

  /** @throws {ServerFault} */
  exchange(reply: ServerReply, request: ServerRequest): Reply<ExchangeAnswer> {
    const nowMs = this.wallMs(reply.nowMs);
    if (this.#isLate(reply)) return { nowMs, answer: null };
    const { renewals, tokens, isTold, roster } = Object(reply.answer) as { readonly [list: string]: unknown };
    if (!isListOf(isBoolean, renewals, request.renewals.length)) {
      throw this.#wrong(`it must renew, or not, ${request.renewals.length} locks`, renewals);
    }
    const { attempts } = request;
    const isGranted = (list: unknown, place: number): boolean =>
      list === null || isListOf(isToken, list, attempts[place]?.length ?? 0);
    if (!isListOf(isGranted, tokens, attempts.length)) {
      throw this.#wrong(`it must give tokens, or not, for ${attempts.length} attempts`, tokens);
    }
    if (request.news !== undefined && !isBoolean(isTold))
      throw this.#wrong('it must say whether it has published anything', isTold);
    return {
      nowMs,
      answer: {
        ...({ renewals, tokens } as ExchangeAnswer),
        ...(request.news && { isTold: isTold as boolean }),
        ...(request.sign && { roster: this.#nodes(roster, request.sign) }),
      },
    };
  }

  /** @throws {ServerFault} */
  roster(reply: ServerReply, sign: NodeSign): Reply<AnnounceAnswer> {
    const nowMs = this.wallMs(reply.nowMs);
    return { nowMs, answer: this.#isLate(reply) ? null : this.#nodes(reply.answer, sign) };
  }

  /** @throws {ServerFault} */
  groupKeys(reply: ServerReply): Reply<{ readonly keys: readonly string[] | null }> {
    const nowMs = this.wallMs(reply.nowMs);
    if (this.#isLate(reply)) return { nowMs, answer: null };
    const { answer } = reply;
    const keys = typeof answer === 'string' ? keysIn(answer) : answer;
    if (keys !== null && !Array.isArray(keys)) throw this.#wrong('it must give the keys of a group', answer);
    return { nowMs, answer: { keys } };
  }

  #nodes(answer: unknown, { nodeId, ttlMs }: NodeSign): AnnounceAnswer {
    const { nodeIds, groups, isGroupKnown } = Object(answer) as { readonly [field: string]: unknown };
    if (!Array.isArray(nodeIds) || !nodeIds.every(isText) || (ttlMs > 0 && !nodeIds.includes(nodeId))) {
      throw this.#wrong(`it must list the ids of nodes, with ${previewOf(nodeId)}`, nodeIds);
    }
    if (typeof groups !== 'object' || groups === null || !Object.values(groups).every(isText)) {
      throw this.#wrong('it must give the groups of nodes', groups);
    }
    if (!isBoolean(isGroupKnown)) throw this.#wrong('it must say whether it knows the group', isGroupKnown);
    return { nodeIds, groups, isGroupKnown } as AnnounceAnswer;
  }

  #isLate({ isLate }: ServerReply): boolean {
    if (typeof isLate !== 'boolean') throw this.#wrong('it must say whether it was late', isLate);
    return isLate;
  }

  #wrong(rule: string, reply: unknown): ServerFault {
    return new ServerFault(this.#server, `it gave a wrong reply: ${rule}, not ${previewOf(reply)}`, {
      isUnknown: true,
    });
  }
}

function isListOf(isItem: (item: unknown, place: number) => boolean, reply: unknown, length: number): boolean {
  return Array.isArray(reply) && reply.length === length && reply.every(isItem);
}

function isText(item: unknown): boolean {
  return typeof item === 'string';
}

function isBoolean(item: unknown): boolean {
  return typeof item === 'boolean';
}

function isToken(item: unknown): boolean {
  return typeof item === 'string' && /^\d{1,64}$/.test(item);
}
