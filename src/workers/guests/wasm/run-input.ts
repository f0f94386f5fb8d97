import type { ScheduledRunContext } from '../../../plugin.ts';

/** The data of a run's context as a guest reads it: JSON in snake_case. Instants are whole epoch milliseconds. */
export function runInput(ctx: ScheduledRunContext): string {
  const { tenantId, siteId, fencingToken, missedCount, firstMissedAtMs, traceparent } = ctx;
  return JSON.stringify({
    schedule_id: ctx.scheduleId,
    scheduled_at_ms: Math.round(ctx.scheduledAtMs),
    run_count: ctx.runCount,
    is_catchup: ctx.isCatchup,
    ...(tenantId !== undefined && { tenant_id: tenantId }),
    ...(siteId !== undefined && { site_id: siteId }),
    run_id: ctx.runId,
    config_json: ctx.config === null ? '' : JSON.stringify(ctx.config),
    deadline_ms: Math.round(ctx.deadlineMs),
    ...(fencingToken !== undefined && { fencing_token: fencingToken }),
    ...(missedCount !== undefined && { missed_count: missedCount }),
    ...(firstMissedAtMs !== undefined && { first_missed_at_ms: Math.round(firstMissedAtMs) }),
    ...(traceparent !== undefined && { traceparent }),
  });
}
