/**
 * What runs inside the server. Each script is one atomic step. All keys have `{prefix}` in their names, so that they
 * share one hash slot of a cluster. The scripts read the clock before they write, which needs Redis 5 or later: there,
 * replicas are sent a script's effects and not its text.
 *
 * Locks expire by the server's clock, which stands still while a script runs. A request carries an instant of that
 * clock after which the script does nothing, because its caller has given up by then.
 *
 * Fencing tokens come from one counter for all keys: the last token plus 1, or the microseconds since 1970 if they are
 * more. So tokens grow even if the counter was lost, to eviction or to a restart with nothing kept, unless the server's
 * clock was also set back by more than the time since. Lua counts in doubles, which is exact until the year 2255.
 *
 * A server that is out of memory refuses a script at its first write, before anything is done. If the first write needs
 * no memory, as a release, it lets the later ones pass. So an exchange is never refused halfway.
 */
import { createHash } from 'node:crypto';
import type { NodeSign } from '../../supervisor/ports/locking.ts';
import { documentOf } from '../exchange/group-document.ts';
import type { NewsHead } from '../exchange/lock-news.ts';
import type { ServerRequest, WantedLock } from '../exchange/lock-server.ts';
import { ANNOUNCING, PREAMBLE, TELLING } from './redis-script-parts.ts';

export interface Script {
  readonly text: string;
  /** The name by which the server knows the script once it has run. */
  readonly sha: string;
}

export interface ScriptCall {
  readonly script: Script;
  readonly keys: readonly string[];
  /** What the script knows as ARGV. */
  readonly values: readonly string[];
}

/**
 * KEYS: the counter, the last claimed occurrence of each schedule, then the locks, and those of the announce script if
 * there is a sign of life. ARGV: the deadline, the request, and how far ahead of the clock a claim may be. A lock is
 * [index of its key, lockId, ttl], and a claim also has the schedule and the instant of its occurrence.
 */
export const EXCHANGE_SCRIPT = script(`${PREAMBLE}${ANNOUNCING}${TELLING}
local request = cjson.decode(ARGV[2])

local function is_ours(lock)
  return redis.call('GET', KEYS[lock[1]]) == lock[2]
end

local function next_token()
  local last = tonumber(redis.call('GET', KEYS[1]) or '0')
  local token = string.format('%.0f', math.max(last + 1, micros))
  redis.call('SET', KEYS[1], token)
  return token
end

-- What was claimed of the future was claimed before the clock was set back, and does not count.
local function last_claim(schedule)
  local last = tonumber(redis.call('HGET', KEYS[2], schedule) or '-inf')
  if last > micros / 1000 + tonumber(ARGV[3]) then return -math.huge end
  return last
end

local function is_past(lock)
  if not lock[4] or lock[5] > micros / 1000 - tonumber(lock[3]) then return false end
  return lock[5] <= last_claim(lock[4])
end

local function remember(lock)
  if lock[5] > last_claim(lock[4]) then redis.call('HSET', KEYS[2], lock[4], string.format('%.3f', lock[5])) end
end

-- A driver that lost the answer may send the request again: what it took then is granted again. What is not text is
-- not ours.
local function take(locks)
  for _, lock in ipairs(locks) do
    local holder = redis.pcall('GET', KEYS[lock[1]])
    if holder ~= lock[2] and (holder or is_past(lock)) then return 0 end
  end
  local tokens = {}
  for place, lock in ipairs(locks) do
    tokens[place] = next_token()
    redis.call('SET', KEYS[lock[1]], lock[2], 'PX', lock[3])
    if lock[4] then remember(lock) end
  end
  return tokens
end

for _, lock in ipairs(request.releases) do
  if is_ours(lock) then redis.call('DEL', KEYS[lock[1]]) end
end
local renewals = {}
for place, lock in ipairs(request.renewals) do
  renewals[place] = is_ours(lock) and redis.call('PEXPIRE', KEYS[lock[1]], lock[3]) or 0
end
local attempts = {}
for place, locks in ipairs(request.attempts) do
  attempts[place] = take(locks)
end
local is_told = request.news and tell(request.news, request.attempts, attempts) or 0
local roster = request.sign and announce(request.sign.first, request.sign.words) or nil
return { 0, now, renewals, attempts, is_told, roster }
`);

/** KEYS: the nodes, their groups, the keys of each group. ARGV: the deadline, then the sign (redis-script-parts.ts). */
export const ANNOUNCE_SCRIPT = script(`${PREAMBLE}${ANNOUNCING}
local roster = announce(1, { ARGV[2], ARGV[3], ARGV[4], ARGV[5] })
return { 0, now, roster[1], roster[2], roster[3] }
`);

/** KEYS: the keys of each group. ARGV: the deadline, the group. */
export const GROUP_SCRIPT = script(`${PREAMBLE}
return { 0, now, redis.call('HGET', KEYS[1], ARGV[2]) }
`);

/** The keys and the second argument of the exchange script. */
export function exchangeInput(
  prefix: string,
  request: ServerRequest,
  channel = newsChannel(prefix, 0),
): { keys: string[]; argument: string } {
  const keys = [tokenKey(prefix), `{${prefix}}:last`];
  const places = new Map<string, number>();
  const placeOf = (key: string): number => {
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = keys.push(lockKey(prefix, key));
    places.set(key, place);
    return place;
  };
  const wanted = ({ key, lockId, ttlMs, occurrence }: WantedLock) => {
    const lock = [placeOf(key), lockId, wholeMs(ttlMs)];
    return occurrence === undefined ? lock : [...lock, occurrence.of, occurrence.atMs];
  };
  const argument = JSON.stringify({
    releases: request.releases.map(({ key, lockId }) => [placeOf(key), lockId]),
    renewals: request.renewals.map(wanted),
    attempts: request.attempts.map((locks) => locks.map(wanted)),
    ...(request.news && { news: newsInput(request.news, request.attempts, channel) }),
    ...(request.sign && { sign: { first: keys.length + 1, words: signWords(request.sign) } }),
  });
  if (request.sign !== undefined) keys.push(...announceKeys(prefix));
  return { keys, argument };
}

/** What the script is to say, and where. It takes no text that is not well-formed. */
function newsInput({ by, no, waiting }: NewsHead, attempts: ServerRequest['attempts'], channel: string): object {
  const nameIn = (place: number, { key, occurrence }: WantedLock): string | 0 =>
    occurrence !== undefined || waiting.includes(place) ? key.toWellFormed() : 0;
  return { by, no, channel, names: attempts.map((locks, place) => locks.map((lock) => nameIn(place, lock))) };
}

/** The counter of the fencing tokens. */
export function tokenKey(prefix: string): string {
  return `{${prefix}}:token`;
}

/**
 * The channel on which exchanges tell their news. It begins as the keys do. Unlike keys, the databases of a server have
 * their channels in common.
 */
export function newsChannel(prefix: string, database: number): string {
  return database === 0 ? `{${prefix}}:news` : `{${prefix}}:news:${database}`;
}

/** What the scripts take for a sign of life. */
export function signWords({ nodeId, ttlMs, group }: NodeSign): readonly string[] {
  return [nodeId, String(ttlMs), group?.id ?? '', group?.keys ? documentOf(group.keys) : ''];
}

/** The keys of the announce script. The last one is also the key of the group script. */
export function announceKeys(prefix: string): readonly [nodes: string, groups: string, schedules: string] {
  return [`{${prefix}}:nodes`, `{${prefix}}:groups`, `{${prefix}}:schedules`];
}

function lockKey(prefix: string, key: string): string {
  return `{${prefix}}:lock:${key}`;
}

/** Redis takes whole milliseconds, and refuses 0. */
function wholeMs(ttlMs: number): string {
  return String(Math.max(1, Math.ceil(ttlMs)));
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
