#!lua flags=no-writes
-- expired.lua: looks through a page of the open holds for those past their expiry.
-- KEYS     1 open holds
-- ARGV     1 cursor, "0" first  2 about how many to look at  3 "all" for those too that have not expired
-- RETURNS  the next cursor, "0" at the end; then pairs: holdId, hold as in hold.lua; in no order
-- GUARANTEE  from "0" to "0", every hold asked for that was open all the while, past its expiry by the clock of this server,
--          is found, some perhaps twice; changes nothing. Looking costs the sweep; an index would cost every hold.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local answer = { page[1] }
for i = 1, #page[2], 2 do
  local expires = string.match(page[2][i + 1], '^%d+\n[^\n]*\n(%d+)\n')
  if ARGV[3] == 'all' or tonumber(expires) <= now then
    answer[#answer + 1] = page[2][i]
    answer[#answer + 1] = page[2][i + 1]
  end
end
return answer
