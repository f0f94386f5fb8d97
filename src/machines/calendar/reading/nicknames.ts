/** Expressions that begin with `@`. Capital letters make no difference. */
import { nearestWord } from '../../did-you-mean.ts';

/** The cron expressions that nicknames stand for. */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Nicknames of other engines, and what to write. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  '@minutely': '1m',
  '@every_minute': '1m',
  '@secondly': '1s',
  '@every_second': '1s',
  '@weekdays': '0 0 * * MON-FRI',
  '@weekends': '0 0 * * SAT,SUN',
  '@quarterly': '0 0 1 */3 *',
  '@noon': '0 12 * * *',
  '@fortnightly': '2w',
  '@startup': '@reboot',
  '@restart': '@reboot',
  '@start': '@reboot',
};

/** The cron expression of a nickname. Undefined if it is none. */
export function nicknameFields(nickname: string): string | undefined {
  const name = nickname.toLowerCase();
  return Object.hasOwn(NICKNAMES, name) ? NICKNAMES[name] : undefined;
}

/** Why a word that begins with `@` is refused. */
export function nicknameProblem(nickname: string): string {
  const name = nickname.toLowerCase();
  const meant = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  if (meant !== undefined) return `"${nickname}" is not a nickname: write "${meant}"`;
  const known = [...Object.keys(NICKNAMES), '@reboot', '@every'];
  const [word = ''] = name.split(/\s/);
  const nearest = nearestWord(word, known);
  if (nearest !== undefined)
    return `"${nickname}" is not a nickname: did you mean "${nearest === '@every' ? '@every 5m' : nearest}"?`;
  return `a nickname must be one of ${known.slice(0, -1).join(', ')}, or "@every 5m"`;
}
