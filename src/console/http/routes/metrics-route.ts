import { Refusal } from '../refusal.ts';
import { shared } from '../serving/shared-answer.ts';
import { type Route, route } from './route.ts';

const metricsOf = shared(async (source) => {
  const { prometheusText } = await import('../../metrics/prometheus.ts');
  return prometheusText(source);
});

export const METRICS_ROUTE: Route = route({
  method: 'GET',
  access: 'look',
  id: 'getMetrics',
  path: '/metrics',
  summary: 'The metrics of the scheduler in the text format of Prometheus.',
  answer: { status: 200, contentType: 'text/plain' },
  refusals: [501],
  handle: async ({ source }) => {
    const text = await metricsOf(source);
    if (text === null) {
      const message = 'Metrics need the package "prom-client": install it beside escapement.';
      throw new Refusal(501, 'no-metrics', message);
    }
    return new Response(text.body, { headers: { 'content-type': text.contentType } });
  },
});
