#!lua
-- take-rate.lua: counts requests against rates by the second, by the generic cell rate algorithm.
-- KEYS     1 rates: hash subject → the instant, in µs, at which its next request would be exactly on time
-- ARGV     per request: subject, requests a second
-- RETURNS  per request: "" where it is admitted and counted, else the µs to wait
-- GUARANTEE  requests of a batch see each other; what is refused is not counted. The clock is Redis's own
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local answers = {}
for i = 1, #ARGV, 2 do
  local interval = 1000000 / tonumber(ARGV[i + 1])
  local on_time = math.max(tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or now), now)
  local early = on_time - math.max(0, 1000000 - interval) - now
  if early > 0 then
    answers[#answers + 1] = string.format('%.0f', math.ceil(early))
  else
    redis.call('HSET', KEYS[1], ARGV[i], string.format('%.0f', on_time + interval))
    answers[#answers + 1] = ''
  end
end
return answers
