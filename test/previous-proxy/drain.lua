#!lua flags=no-writes
-- drain.lua: the oldest records that are not acknowledged.
-- KEYS     1 records (stream; an item holds the records of one batch)  2 acknowledged parts of items
-- ARGV     1 how many records are wanted
-- RETURNS  fives, oldest first: item, sizes of its records in bytes, its records, places acknowledged (" 0 5 "),
--          its ids, a line each; the last item may go beyond what is wanted
-- GUARANTEE  changes nothing
local PAGE = 16
local wanted = tonumber(ARGV[1])
local answer = {}
local from = '-'
while wanted > 0 do
  local items = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', PAGE)
  for _, item in ipairs(items) do
    local done = redis.call('HGET', KEYS[2], item[1]) or ' '
    local _, size = string.gsub(item[2][2], '%d+', '')
    local _, gone = string.gsub(done, '%d+', '')
    wanted = wanted - (size - gone)
    for _, value in ipairs({ item[1], item[2][2], item[2][4], done, item[2][6] }) do answer[#answer + 1] = value end
    if wanted <= 0 then break end
  end
  if #items < PAGE then break end
  from = '(' .. items[#items][1]
end
return answer
