/** Parts that scripts have in common, in Lua. */

/** An answer begins with whether the deadline had passed (1) or not (0), and the server's clock in milliseconds. */
export const PREAMBLE = `
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = string.format('%.3f', micros / 1000)
if micros / 1000 > tonumber(ARGV[1]) then return { 1, now } end
`;

/**
 * From KEYS[first] on: the nodes, by the instant at which they count as gone, the group of each node, the keys of each
 * group. A sign is the node's id, its ttl, its group or nothing, the document of the group's keys or nothing. The answer
 * is the ids of the nodes, their groups (id and group in turn), whether the keys of the node's group are known.
 */
export const ANNOUNCING = `
local function announce(first, sign)
  local nodes, groups, schedules = KEYS[first], KEYS[first + 1], KEYS[first + 2]
  redis.call('ZREMRANGEBYSCORE', nodes, '-inf', now)
  if tonumber(sign[2]) > 0 then
    redis.call('ZADD', nodes, string.format('%.3f', micros / 1000 + tonumber(sign[2])), sign[1])
  else
    redis.call('ZREM', nodes, sign[1])
  end
  if sign[3] == '' then
    redis.call('HDEL', groups, sign[1])
  else
    redis.call('HSET', groups, sign[1], sign[3])
    if sign[4] ~= '' then redis.call('HSET', schedules, sign[3], sign[4]) end
  end

  local group_of = redis.call('HGETALL', groups)
  local answer = {}
  local named = {}
  for place = 1, #group_of, 2 do
    if redis.call('ZSCORE', nodes, group_of[place]) then
      named[group_of[place + 1]] = true
      table.insert(answer, group_of[place])
      table.insert(answer, group_of[place + 1])
    else
      redis.call('HDEL', groups, group_of[place])
    end
  end
  for _, id in ipairs(redis.call('HKEYS', schedules)) do
    if not named[id] then redis.call('HDEL', schedules, id) end
  end
  return { redis.call('ZRANGE', nodes, 0, -1), answer, redis.call('HEXISTS', schedules, sign[3]) }
end
`;

/**
 * Publishes the news of an exchange, if there are any: the claims of the attempts that were granted, and the other locks
 * of those attempts that wait and were refused. The answer is 1 if anything was published; a user may lack the right.
 *
 * `news` has the channel, by, no, and the names of each attempt's locks, which are 0 where they are never news. They are
 * not read from KEYS, because a client of the user's may put a prefix of its own before these. Receivers take no more than
 * 1,000 keys at a time.
 */
export const TELLING = `
local function tell(news, asked, taken)
  local lists, count, is_told = { claimed = {}, wanted = {} }, 0, 0
  local head = '{"by":' .. cjson.encode(news.by) .. ',"no":' .. string.format('%.0f', news.no)
  local function publish()
    if count == 0 then return end
    local claimed, wanted = table.concat(lists.claimed, ','), table.concat(lists.wanted, ',')
    local text = head .. ',"claimed":[' .. claimed .. '],"wanted":[' .. wanted .. ']}'
    if type(redis.pcall('PUBLISH', news.channel, text)) == 'number' then is_told = 1 end
    lists, count = { claimed = {}, wanted = {} }, 0
  end

  for place, names in ipairs(news.names) do
    local is_granted = taken[place] ~= 0
    for index, name in ipairs(names) do
      local is_claim = asked[place][index][4] ~= nil
      if name ~= 0 and is_claim == is_granted then
        table.insert(is_claim and lists.claimed or lists.wanted, cjson.encode(name))
        count = count + 1
      end
      if count == 500 then publish() end
    end
  end
  publish()
  return is_told
end
`;
