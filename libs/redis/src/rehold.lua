#!lua
-- rehold.lua: counts holds again that the desk has lost.
-- KEYS     1 windows ever used  2 held  3 open holds  4, 5 ended holds, even and odd generation  6 lines  7 frozen
-- ARGV     per hold: holdId, amount, "envelope window ...", expiresInMs, callId, line or "", the next free position
--          after its own
-- RETURNS  how many were lost
-- GUARANTEE  an id that is open or has ended is left as it is. No limit is looked at: the money may be spent already
if redis.call('EXISTS', KEYS[7]) == 1 then return redis.error_reply('FROZEN the desk is being rebuilt') end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lost = 0
for i = 1, #ARGV, 7 do
  local id, amount, places, line, past = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 5], tonumber(ARGV[i + 6])
  local known = redis.call('HEXISTS', KEYS[3], id) + redis.call('HEXISTS', KEYS[4], id) + redis.call('HEXISTS', KEYS[5], id)
  if known == 0 then
    lost = lost + 1
    local expiresAt = string.format('%.0f', now + tonumber(ARGV[i + 3]))
    redis.call('HSET', KEYS[3], id, table.concat({ amount, places, expiresAt, '', '', '', ARGV[i + 4] }, '\n'))
    for envelope, window in string.gmatch(places, '(%S+) (%S+)') do
      redis.call('HINCRBY', KEYS[2], envelope .. ' ' .. window, amount)
      local used = redis.call('HGET', KEYS[1], envelope) or ' '
      if not string.find(used, ' ' .. window .. ' ', 1, true) then
        redis.call('HSET', KEYS[1], envelope, used .. window .. ' ')
      end
    end
    if line ~= '' and past > tonumber(redis.call('HGET', KEYS[6], line) or 1) then
      redis.call('HSET', KEYS[6], line, ARGV[i + 6])
    end
  end
end
return lost
