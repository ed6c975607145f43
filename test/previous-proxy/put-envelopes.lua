#!lua
-- put-envelopes.lua: adds envelopes or replaces limit and windows.
-- KEYS     1 built  2 envelopes  3 current windows
-- ARGV     pairs: envelope, "limit steer,flex,shrink,cap" and per window a line "starts ends id also ..."; "-" for a step
--          that is never reached, for no end
-- RETURNS  1, or 0 and nothing changed when the desk was never built, has lost everything, or Redis was started since
-- GUARANTEE  what is settled or held is not touched; the next hold chooses its window anew
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if string.match(redis.call('GET', KEYS[1]) or '', ' (%x+)$') ~= server then return 0 end
for i = 1, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HDEL', KEYS[3], ARGV[i])
end
return 1
