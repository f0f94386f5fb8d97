/** Texts that would be scripts if any answer took them for HTML. The target's plugin has them wherever it may. */
import { type Attack, oneRequest, TAG } from './attack.ts';

const tag = encodeURIComponent(TAG);
const PATHS = [
  '/api/schedules',
  '/api/schedules/subject%2Fquiet',
  '/api/plugins',
  '/api/runs?limit=1000',
  '/api/overview',
  '/api/stats',
  '/api/audit',
  '/api/live',
  '/api/openapi.json',
  `/api/schedules/${tag}`,
  `/api/schedules/${tag}/explain?at=0`,
  `/api/runs/${tag}`,
  `/api/schedules?${tag}=1`,
  `/api/schedules?state=${tag}`,
  `/api/schedules?search=${tag}`,
  `/api/${tag}`,
  `/${tag}`,
  `/${tag}.html`,
  `/?token=${tag}`,
  `/api/schedules/${TAG}`,
];

/** No answer has the text as it is, and none but the page's own is HTML. */
function judge(answers: string): string | null {
  if (answers.includes('<script>alert')) return 'an answer holds the script as it is';
  const head = answers.split('\r\n\r\n', 1)[0] ?? '';
  if (/^HTTP/.test(head) && /^content-type:/im.test(head) && !/^x-content-type-options: nosniff/im.test(head)) {
    return 'a browser may guess what the answer is';
  }
  return null;
}

export const SCRIPT_ATTACKS: readonly Attack[] = PATHS.flatMap((path) =>
  (['open', 'page'] as const).map((on) =>
    oneRequest({ kind: 'scripts', name: `${path} (${on})`, on, judge, wire: { path, headers: ['Accept: text/html'] } }),
  ),
);
