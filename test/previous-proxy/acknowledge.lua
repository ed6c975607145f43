#!lua
-- acknowledge.lua: forgets records that the ledger has.
-- KEYS     1 records (stream; an item holds the records of one batch)  2 acknowledged parts of items  3 what they cost
-- ARGV     fours: item, how many records it holds, places of those acknowledged ("0 5"), their ids, a line each
-- RETURNS  1
-- GUARANTEE  an item goes when all its records are acknowledged; a place acknowledged twice counts once
for i = 1, #ARGV, 4 do
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
  -- An id may wait again, in a later item.
  for id in string.gmatch(ARGV[i + 3], '[^\n]+') do
    if string.match(redis.call('HGET', KEYS[3], id) or '', '^%S+') == item then redis.call('HDEL', KEYS[3], id) end
  end
end
return 1
