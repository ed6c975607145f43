#!lua
-- put-envelopes.lua: adds envelopes or replaces limit and windows.
-- KEYS     1 built  2 envelopes  3 current windows
-- ARGV     pairs: envelope, "limit steer" and per window a line "starts ends id"; "-" for no steering, for no end
-- RETURNS  1, or 0 and nothing changed when the desk was never built or has lost everything
-- GUARANTEE  what is settled or held is not touched; the next hold chooses its window anew
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 1, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HDEL', KEYS[3], ARGV[i])
end
return 1
