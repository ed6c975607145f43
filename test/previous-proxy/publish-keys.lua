#!lua
-- publish-keys.lua: appends changes of keys and numbers them.
-- KEYS     1 keys  2 their last change  3 last number
-- ARGV     1 channel; then pairs: id, key as JSON
-- RETURNS  the number of the first, as text; the others follow without gaps
-- GUARANTEE  numbers only grow, and start from the clock in microseconds: a feed whose store was flushed goes on above
--          every number a reader may have seen, so no revocation published afterwards is taken for old
local time = redis.call('TIME')
local clock = tonumber(time[1]) * 1000000 + tonumber(time[2])
local first = math.max(tonumber(redis.call('GET', KEYS[3]) or 0) + 1, clock)
local count = (#ARGV - 1) / 2
redis.call('SET', KEYS[3], string.format('%.0f', first + count - 1))
for i = 0, count - 1 do
  redis.call('HSET', KEYS[1], ARGV[2 + 2 * i], ARGV[3 + 2 * i])
  redis.call('ZADD', KEYS[2], string.format('%.0f', first + i), ARGV[2 + 2 * i])
end
redis.call('PUBLISH', ARGV[1], 'keys')
return string.format('%.0f', first)
