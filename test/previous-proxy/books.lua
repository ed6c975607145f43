#!lua flags=no-writes
-- books.lua: what is settled and held, and how much of it belongs to records that wait for the ledger.
-- KEYS     1 windows ever used  2 settled  3 held  4 what records that wait for the ledger cost
-- ARGV     envelopes
-- RETURNS  fives: envelope, window, settled, held, waiting
-- GUARANTEE  all figures of one instant; changes nothing. Costs one look at every record that waits
local waiting = {}
for _, record in ipairs(redis.call('HVALS', KEYS[4])) do
  local cost, places = string.match(record, '^%S+ (%S+) (.*)$')
  for envelope, window in string.gmatch(places, '(%S+) (%S+)') do
    local field = envelope .. ' ' .. window
    waiting[field] = (waiting[field] or 0) + tonumber(cost)
  end
end
local answer = {}
for _, envelope in ipairs(ARGV) do
  for window in string.gmatch(redis.call('HGET', KEYS[1], envelope) or '', '%S+') do
    local field = envelope .. ' ' .. window
    local figures = { envelope, window, redis.call('HGET', KEYS[2], field) or '0', redis.call('HGET', KEYS[3], field) or '0' }
    for _, figure in ipairs(figures) do answer[#answer + 1] = figure end
    answer[#answer + 1] = string.format('%.0f', waiting[field] or 0)
  end
end
return answer
