import { everyWord } from '../../../machines/words/every-word.ts';
import type { RefusalBody } from '../refusal.ts';
import { choice, flag, type JsonSchema, list, nullable, shape, text } from './json-schema.ts';
import { RUN_SCHEMAS } from './run-schemas.ts';
import { SCHEDULE_SCHEMAS } from './schedule-schemas.ts';
import { SCHEDULER_SCHEMAS } from './scheduler-schemas.ts';

/** Who looks, and at what. The answer of `GET /api/session`. */
export interface Session {
  readonly name: string;
  readonly canAct: boolean;
  /** Whether nobody may act here. */
  readonly isReadOnly: boolean;
  readonly version: string;
  readonly nodeId: string;
  /** Of schedules that name none. */
  readonly timezone: string;
  /** Where a browser reaches the console; null if it has no port, or a server of the host serves it. */
  readonly url: string | null;
}

/** Whether the scheduler can do its work. The answer of `GET /readyz`. */
export interface Readiness {
  readonly isReady: boolean;
  /** What is not as it should be. */
  readonly faults: readonly ('supervisor' | 'clock' | 'store' | 'locks' | 'draining')[];
}

const FAULTS = everyWord<Readiness['faults'][number]>()(['supervisor', 'clock', 'store', 'locks', 'draining']);

/** The components of the document. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...RUN_SCHEMAS,
  ...SCHEDULE_SCHEMAS,
  ...SCHEDULER_SCHEMAS,
  Session: shape<Session>()({
    name: text,
    canAct: flag,
    isReadOnly: flag,
    version: text,
    nodeId: text,
    timezone: text,
    url: nullable(text),
  }),
  Readiness: shape<Readiness>()({
    isReady: flag,
    faults: list(choice(FAULTS)),
  }),
  Refusal: shape<RefusalBody>()({ error: shape<RefusalBody['error']>()({ code: text, message: text }) }),
};
