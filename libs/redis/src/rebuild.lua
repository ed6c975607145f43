#!lua
-- rebuild.lua: replaces what the desk knows by what was staged beside it.
-- KEYS     1 built  2 current windows  3, 4 ended holds, even and odd generation  5 staged holds; then pairs of a key and
--          its staged counterpart
-- ARGV     1 the instant, kept as proof that the desk is built
-- RETURNS  1
-- GUARANTEE  one step for every reader. A key without staged counterpart becomes empty. Ended holds stay, unless the
--          state names them as open; records waiting for the ledger are not among these keys
local staged = redis.call('HKEYS', KEYS[5])
for from = 1, #staged, 1000 do
  local to = math.min(from + 999, #staged)
  redis.call('HDEL', KEYS[3], unpack(staged, from, to))
  redis.call('HDEL', KEYS[4], unpack(staged, from, to))
end
for i = 6, #KEYS, 2 do
  redis.call('UNLINK', KEYS[i])
  if redis.call('EXISTS', KEYS[i + 1]) == 1 then
    redis.call('RENAME', KEYS[i + 1], KEYS[i])
    redis.call('PERSIST', KEYS[i])
  end
end
redis.call('UNLINK', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1])
return 1
