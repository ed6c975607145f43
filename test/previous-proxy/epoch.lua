#!lua flags=no-writes
-- epoch.lua: the epoch the desk was last built in.
-- KEYS     1 built
-- RETURNS  the epoch, or "" when the desk was never built, has lost everything, or Redis was started since
-- GUARANTEE  changes nothing
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local epoch, built = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%x+)$')
return built == server and epoch or ''
