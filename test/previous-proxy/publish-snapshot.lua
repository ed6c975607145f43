#!lua
-- publish-snapshot.lua: makes a snapshot the latest.
-- KEYS     1 snapshot
-- ARGV     1 version  2 hex digest  3 body  4 channel
-- RETURNS  1, or 0 and nothing changed when the latest is not older
-- GUARANTEE  versions only grow; whoever reads after the message finds this snapshot or a later one
local latest = redis.call('HGET', KEYS[1], 'version')
if latest and tonumber(latest) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'sha256', ARGV[2], 'body', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
