#!lua
-- acknowledge.lua: forgets records that the ledger has.
-- KEYS     1 records (stream; an item holds the records of one batch)  2 acknowledged parts of items
-- ARGV     threes: item, how many records it holds, places of those acknowledged ("0 5")
-- RETURNS  1
-- GUARANTEE  an item goes when all its records are acknowledged; a place acknowledged twice counts once
for i = 1, #ARGV, 3 do
  local item, size, places = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local done = redis.call('HGET', KEYS[2], item) or ' '
  for place in string.gmatch(places, '%d+') do
    if not string.find(done, ' ' .. place .. ' ', 1, true) then done = done .. place .. ' ' end
  end
  local _, gone = string.gsub(done, '%d+', '')
  if gone >= size then
    redis.call('XDEL', KEYS[1], item)
    redis.call('HDEL', KEYS[2], item)
  elseif #redis.call('XRANGE', KEYS[1], item, item) == 1 then
    redis.call('HSET', KEYS[2], item, done)
  end
end
return 1
