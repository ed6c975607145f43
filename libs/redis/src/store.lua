#!lua
-- store.lua: names the store as it is.
-- KEYS     1 the mark
-- ARGV     1 the mark it gets, where it has none
-- RETURNS  the run id of this process of Redis and the mark
-- GUARANTEE  another name after Redis was emptied or started again
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return server .. ' ' .. redis.call('GET', KEYS[1])
