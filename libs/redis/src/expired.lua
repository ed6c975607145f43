#!lua flags=no-writes
-- expired.lua: open holds past their expiry.
-- KEYS     1 open holds  2 their expiries
-- ARGV     1 how many at most
-- RETURNS  pairs: holdId, hold as in hold.lua; the longest expired first
-- GUARANTEE  by the clock of this server; changes nothing
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local ids = redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
local answer = {}
for _, id in ipairs(ids) do
  answer[#answer + 1] = id
  answer[#answer + 1] = redis.call('HGET', KEYS[1], id)
end
return answer
