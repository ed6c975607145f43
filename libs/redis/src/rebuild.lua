#!lua
-- rebuild.lua: replaces what the desk knows by what was staged beside it.
-- KEYS     1 built  2 current windows  3, 4 ended holds, even and odd generation  5 staged holds  6 frozen; then pairs of
--          a key and its staged counterpart, the first of lines
-- ARGV     1 the epoch  2 the proof of a freeze, or ""
-- RETURNS  1, or 0 and nothing changed when that freeze is over
-- GUARANTEE  one step for every reader. A key without staged counterpart becomes empty. Ended holds stay, unless the
--          state names them as open, and lines never go back; records waiting for the ledger are not among these keys. The desk counts as built
--          for as long as this process of Redis runs
if ARGV[2] ~= '' and redis.call('GET', KEYS[6]) ~= ARGV[2] then return 0 end
local staged = redis.call('HKEYS', KEYS[5])
for from = 1, #staged, 1000 do
  local to = math.min(from + 999, #staged)
  redis.call('HDEL', KEYS[3], unpack(staged, from, to))
  redis.call('HDEL', KEYS[4], unpack(staged, from, to))
end
local places = redis.call('HGETALL', KEYS[7])
for i = 1, #places, 2 do
  local next = redis.call('HGET', KEYS[8], places[i])
  if not next or tonumber(next) < tonumber(places[i + 1]) then redis.call('HSET', KEYS[8], places[i], places[i + 1]) end
end
for i = 7, #KEYS, 2 do
  redis.call('UNLINK', KEYS[i])
  if redis.call('EXISTS', KEYS[i + 1]) == 1 then
    redis.call('RENAME', KEYS[i + 1], KEYS[i])
    redis.call('PERSIST', KEYS[i])
  end
end
redis.call('UNLINK', KEYS[2], KEYS[6])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'))
return 1
