import type { EventHub } from '../events/event-hub.ts';
import { ACTION_ROUTES } from './action-routes.ts';
import { documentRoute } from './document-route.ts';
import { eventRoute } from './event-route.ts';
import { HEALTH_ROUTES } from './health-routes.ts';
import { METRICS_ROUTE } from './metrics-route.ts';
import type { Route } from './route.ts';
import { RUN_ROUTES } from './run-routes.ts';
import { SCHEDULE_ROUTES } from './schedule-routes.ts';
import { SCHEDULER_ROUTES } from './scheduler-routes.ts';

/** Everything that the API can do. */
export function allRoutes(hub: EventHub): readonly Route[] {
  const routes = [
    ...SCHEDULER_ROUTES,
    ...SCHEDULE_ROUTES,
    ...RUN_ROUTES,
    ...ACTION_ROUTES,
    eventRoute(hub),
    ...HEALTH_ROUTES,
    METRICS_ROUTE,
  ];
  return [...routes, documentRoute(routes)];
}
