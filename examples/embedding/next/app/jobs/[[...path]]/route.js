/** The console at `/jobs` of a Next application. The folder's name catches every path below it. */
import { consoleHandler } from 'escapement/console';
import { runningScheduler } from '../../../scheduler.mjs';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

export const GET = (request) => answer(request);
export const POST = (request) => answer(request);

let jobs;

/** At the first request and not before, because `next build` loads this module too, and must not run jobs. */
async function answer(request) {
  jobs ??= runningScheduler().then((scheduler) => consoleHandler(scheduler, { basePath: '/jobs', authorize }));
  return (await jobs)(request);
}

/** Put the application's own sign-in here. The cookie of this example is not one. */
function authorize(request) {
  const [, name] = /(?:^|; )user=(\w+)/.exec(request.headers.get('cookie') ?? '') ?? [];
  return name === undefined ? null : { name, canAct: name === 'ada' };
}
