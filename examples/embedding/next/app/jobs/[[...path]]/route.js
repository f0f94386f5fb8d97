/** The console at `/jobs` of a Next application. The folder's name catches every path below it. */
import { consoleHandler } from 'escapement/console';
import { runningScheduler } from '../../../scheduler.mjs';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';

const jobs = consoleHandler(await runningScheduler(), { basePath: '/jobs', authorize });

export const GET = (request) => jobs(request);
export const POST = (request) => jobs(request);

/** Put the application's own sign-in here. The cookie of this example is not one. */
function authorize(request) {
  const [, name] = /(?:^|; )user=(\w+)/.exec(request.headers.get('cookie') ?? '') ?? [];
  return name === undefined ? null : { name, canAct: name === 'ada' };
}
