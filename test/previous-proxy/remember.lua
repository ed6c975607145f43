#!lua
-- remember.lua: ids that have ended and that the desk no longer knows.
-- KEYS     1, 2 ended holds, even and odd generation
-- ARGV     1 rememberMs  2... ids
-- RETURNS  1
-- GUARANTEE  what is known of an id stays; settled again, an id is one that was before, unless a hold of it is open
local time = redis.call('TIME')
local remember = tonumber(ARGV[1])
local generation = math.floor((tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)) / remember)
local mine, other = KEYS[1], KEYS[2]
if generation % 2 == 1 then mine, other = other, mine end
for i = 2, #ARGV do
  if redis.call('HEXISTS', other, ARGV[i]) == 0 then redis.call('HSETNX', mine, ARGV[i], '0\n\n0\n\n\n\n') end
end
redis.call('PEXPIREAT', mine, string.format('%.0f', (generation + 2) * remember))
return 1
