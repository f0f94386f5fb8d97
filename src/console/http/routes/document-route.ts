import { anything } from '../answers/json-schema.ts';
import { openApiDocument } from '../openapi/document.ts';
import { type Route, route } from './route.ts';

/** The document describes itself too. */
export function documentRoute(others: readonly Route[]): Route {
  const own: Route = route({
    method: 'GET',
    access: 'look',
    id: 'getDocument',
    path: '/api/openapi.json',
    summary: 'This description of the API: OpenAPI 3.1.',
    answer: { status: 200, schema: anything },
    handle: async ({ source }) => {
      const { version } = await source.ask('overview', null);
      return openApiDocument([...others, own], version);
    },
  });
  return own;
}
