import { diag } from '@opentelemetry/api';

/**
 * Does something for whoever traces or measures. What that throws must not reach the scheduler, a run or the host: it goes
 * to OpenTelemetry's own log, and there is no result.
 */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    diag.error('escapement: a tracer or a meter has failed', error);
    return undefined;
  }
}
