import { Refusal } from '../refusal.ts';
import type { Gate, Visitor } from './gate.ts';

/** Who somebody is, as the host's own sign-in says. */
export type Authorize = (request: Request) => Visitor | null | Promise<Visitor | null>;

const MAX_NAME_LENGTH = 200;

/** Lets in whom the host's function lets in. What it answers is checked, because acting depends on it. */
export function authorizeGate(authorize: Authorize, isReadOnly: boolean): Gate {
  return {
    admit: async (request) => {
      const visitor: unknown = await authorize(request);
      if (visitor === null) return null;
      if (!isVisitor(visitor)) {
        const message = "The host's authorize() must answer with null or with { name, canAct }.";
        throw new Refusal(500, 'authorize-failed', message);
      }
      return { name: visitor.name.slice(0, MAX_NAME_LENGTH), canAct: visitor.canAct && !isReadOnly };
    },
  };
}

function isVisitor(answer: unknown): answer is Visitor {
  if (typeof answer !== 'object' || answer === null || !('name' in answer) || !('canAct' in answer)) return false;
  return typeof answer.name === 'string' && answer.name !== '' && typeof answer.canAct === 'boolean';
}
