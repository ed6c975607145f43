#!lua flags=no-writes
-- attempts.lua: what the desk knows of attempts.
-- KEYS     1 open holds  2, 3 ended holds, even and odd generation  4 what records that wait for the ledger cost
-- ARGV     ids, at most 1,000
-- RETURNS  per id "open", "waiting" (ended, its record waits for the ledger), "recorded" or "unknown"
-- GUARANTEE  all of one instant; changes nothing
local open, waiting = redis.call('HMGET', KEYS[1], unpack(ARGV)), redis.call('HMGET', KEYS[4], unpack(ARGV))
local even, odd = redis.call('HMGET', KEYS[2], unpack(ARGV)), redis.call('HMGET', KEYS[3], unpack(ARGV))
local answer = {}
for i = 1, #ARGV do
  answer[i] = (open[i] and 'open') or (waiting[i] and 'waiting') or ((even[i] or odd[i]) and 'recorded') or 'unknown'
end
return answer
