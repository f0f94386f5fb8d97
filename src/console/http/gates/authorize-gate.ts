import { reasonOf } from '../../../wire/error-record.ts';
import { Refusal } from '../refusal.ts';
import type { Gate, Visitor } from './gate.ts';

/** Who somebody is, as the host's own sign-in says. The request has its headers, and no body: that is the console's. */
export type Authorize = (request: Request) => Visitor | null | Promise<Visitor | null>;

const MAX_NAME_LENGTH = 200;
/** So often it is said at most why nobody is let in: it may be so for every request. */
const WARN_EVERY_MS = 60_000;

export interface AuthorizeGateParts {
  readonly isReadOnly: boolean;
  /** Tells the operator why nobody is let in. */
  warn(message: string): void;
  readonly nowMs: () => number;
}

/** Lets in whom the host's function lets in. What it answers is checked, because acting depends on it. */
export function authorizeGate(authorize: Authorize, { isReadOnly, warn, nowMs }: AuthorizeGateParts): Gate {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  const failed = (reason: string): Refusal => {
    if (nowMs() >= quietUntilMs) {
      quietUntilMs = nowMs() + WARN_EVERY_MS;
      warn(`The console lets nobody in, because the function authorize of its handler fails: ${reason}`);
    }
    // The reason may tell of the host's insides, and a visitor is nobody yet.
    const message = 'Nobody can be let in now: the application cannot say who you are. Its log says why.';
    return new Refusal(500, 'authorize-failed', message);
  };
  return {
    admit: async (request) => {
      let visitor: unknown;
      try {
        visitor = await authorize(withoutBody(request));
      } catch (error) {
        throw failed(reasonOf(error));
      }
      if (visitor === null) return null;
      if (!isVisitor(visitor)) throw failed('it must answer with null or with { name, canAct }.');
      return { name: visitor.name.slice(0, MAX_NAME_LENGTH), canAct: visitor.canAct && !isReadOnly };
    },
  };
}

/** Whoever reads the body takes it from the console, which reads no more of it than it allows. */
function withoutBody(request: Request): Request {
  const { url, method, headers, signal } = request;
  return request.body === null ? request : new Request(url, { method, headers, signal });
}

function isVisitor(answer: unknown): answer is Visitor {
  if (typeof answer !== 'object' || answer === null || !('name' in answer) || !('canAct' in answer)) return false;
  return typeof answer.name === 'string' && answer.name !== '' && typeof answer.canAct === 'boolean';
}
