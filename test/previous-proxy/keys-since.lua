#!lua flags=no-writes
-- keys-since.lua: keys whose last change is later than a number.
-- KEYS     1 keys  2 their last change
-- ARGV     1 number  2 how many at most
-- RETURNS  pairs: number, key as JSON; in order
-- GUARANTEE  a key and its number belong together; changes nothing
local found = redis.call('ZRANGE', KEYS[2], '(' .. ARGV[1], '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[2], 'WITHSCORES')
local answer = {}
for i = 1, #found, 2 do
  answer[#answer + 1] = string.format('%.0f', tonumber(found[i + 1]))
  answer[#answer + 1] = redis.call('HGET', KEYS[1], found[i])
end
return answer
