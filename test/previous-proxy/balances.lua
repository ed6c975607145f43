#!lua flags=no-writes
-- balances.lua: what is settled and held, in every window an envelope was ever used in.
-- KEYS     1 windows ever used  2 settled  3 held
-- ARGV     envelopes
-- RETURNS  fours: envelope, window, settled, held
-- GUARANTEE  all figures of one instant; changes nothing
local answer = {}
for _, envelope in ipairs(ARGV) do
  for window in string.gmatch(redis.call('HGET', KEYS[1], envelope) or '', '%S+') do
    local field = envelope .. ' ' .. window
    answer[#answer + 1] = envelope
    answer[#answer + 1] = window
    answer[#answer + 1] = redis.call('HGET', KEYS[2], field) or '0'
    answer[#answer + 1] = redis.call('HGET', KEYS[3], field) or '0'
  end
end
return answer
