/**
 * What spans and metrics say of a run. The names that begin with `messaging.` are those of the semantic conventions: a
 * trigger is a message, a schedule is where it goes, and a run processes it. There are no conventions for scheduled jobs
 * yet, so what only they have is named `escapement.`.
 */
import type { Attributes } from '@opentelemetry/api';
import type { RunRecord } from '../index.ts';

export const SYSTEM: Attributes = { 'messaging.system': 'escapement' };

/** Where a run belongs, without the tenant and the site: few names, however many tenants there are. */
export function destinationOf(key: string): string {
  const slash = key.indexOf('/');
  const plugin = key.slice(0, slash).replace(/@.*$/s, '');
  return `${plugin}${key.slice(slash)}`;
}

/** What is known of a message to a schedule from its key alone. */
export function operationAttributes(operation: 'process' | 'send', key: string): Attributes {
  const template = destinationOf(key);
  return {
    ...SYSTEM,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': key,
    ...(template !== key && { 'messaging.destination.template': template }),
  };
}

/** What is known of a run that has ended. Times are in seconds, as the conventions ask; instants are ISO texts. */
export function recordAttributes(record: RunRecord): Attributes {
  const { lateness, scheduledAtMs, trigger, outcome, isCatchup } = record;
  return {
    'messaging.message.id': record.runId,
    'messaging.client.id': record.nodeId,
    'escapement.plugin': record.plugin,
    'escapement.schedule.id': record.scheduleId,
    'escapement.run.trigger': trigger,
    'escapement.run.outcome': outcome,
    'escapement.run.is_catchup': isCatchup,
    'escapement.run.scheduled_at': new Date(scheduledAtMs).toISOString(),
    'escapement.run.lateness': lateness.totalMs / 1_000,
    ...given('escapement.tenant.id', record.tenantId),
    ...given('escapement.site.id', record.siteId),
    ...given('escapement.run.cpu_time', record.cpuMs === undefined ? undefined : record.cpuMs / 1_000),
    ...given('escapement.run.fuel', record.fuel),
    ...given('escapement.run.fuel_budget', record.fuelBudget),
    ...given('escapement.run.fencing_token', record.fencingToken),
    ...given('escapement.run.recovery_of', record.recoveryOf),
    ...given('thread.id', record.threadId),
    ...given('error.type', errorTypeOf(record)),
  };
}

/** The name of what a plugin threw, or how the run ended otherwise. */
export function errorTypeOf({ outcome, error }: RunRecord): string | undefined {
  if (outcome === 'succeeded' || outcome === 'aborted') return undefined;
  return outcome === 'failed' ? (error?.code ?? error?.name ?? outcome) : outcome;
}

function given(name: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [name]: value };
}
