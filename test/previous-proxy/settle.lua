#!lua
-- settle.lua: ends a batch of holds, or adjusts what has ended; moves the money and appends the records.
-- KEYS     1 windows ever used  2 settled  3 held  4 open holds  5, 6 ended holds, even and odd generation  7 records
--          waiting for the ledger (stream)  8 what they cost  9 frozen
-- ARGV     1 rememberMs  2 all records, one after the other; then per settlement: holdId, cost,
--          "envelope window ..." as named, bytes of its record; no holdId twice. A cost below 0 adjusts
-- RETURNS  per settlement 1: settled now, 0: it was before
-- GUARANTEE  exactly once per id for at least rememberMs after its ending. A known hold is released and settled on the
--          windows of its admission; an unknown one is settled on the windows named. The records of a batch are one item
--          of the stream. Everything is decided before the first write.
local EXACT = 9007199254740991
local SLICE = 1000
local STRIDE = 4

if redis.call('EXISTS', KEYS[9]) == 1 then return redis.error_reply('FROZEN the desk is being rebuilt') end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local remember = tonumber(ARGV[1])
local generation = math.floor(now / remember)
local ended = (generation % 2 == 0) and KEYS[5] or KEYS[6]

local function text(number) return string.format('%.0f', number) end

local function read(key, fields)
  if #fields <= SLICE then return #fields > 0 and redis.call('HMGET', key, unpack(fields)) or {} end
  local values = {}
  for from = 1, #fields, SLICE do
    local slice = redis.call('HMGET', key, unpack(fields, from, math.min(from + SLICE - 1, #fields)))
    for i = 1, #slice do values[from + i - 1] = slice[i] end
  end
  return values
end

local function write(command, key, values)
  for from = 1, #values, SLICE do
    redis.call(command, key, unpack(values, from, math.min(from + SLICE - 1, #values)))
  end
end

local ids = {}
for i = 3, #ARGV, STRIDE do ids[#ids + 1] = ARGV[i] end
local open, even, odd = read(KEYS[4], ids), read(KEYS[5], ids), read(KEYS[6], ids)

-- Settlements over the same windows are summed, and split only where the sum would no longer be exact.
local sums, sumOf = {}, {}
local function add(places, cost, amount)
  local sum = sumOf[places]
  if not sum or sum.cost + cost > EXACT or sum.amount + amount > EXACT then
    sum = { places = places, cost = 0, amount = 0 }
    sums[#sums + 1] = sum
    sumOf[places] = sum
  end
  sum.cost = sum.cost + cost
  sum.amount = sum.amount + amount
end

local answers, sizes, records, released, remembered, named = {}, {}, {}, {}, {}, {}
local appendedIds, waiting = {}, {}
local at, offset = 3, 1
for n = 1, #ids do
  local hold, size = open[n], ARGV[at + 3]
  local past = offset + tonumber(size)
  -- An open hold wins over an ending: after a rebuild that knew better, it must be able to end.
  if hold or not (even[n] or odd[n]) then
    local places
    if hold then
      local amount
      amount, places = string.match(hold, '^(%d+)\n([^\n]*)\n')
      add(places, tonumber(ARGV[at + 1]), tonumber(amount))
      released[#released + 1] = ids[n]
    else
      places = ARGV[at + 2]
      add(places, tonumber(ARGV[at + 1]), 0)
      hold = '0\n' .. places .. '\n0\n\n\n\n'
      named[places] = true
    end
    remembered[#remembered + 1] = ids[n]
    remembered[#remembered + 1] = hold
    appendedIds[#appendedIds + 1] = ids[n]
    waiting[#waiting + 1] = ids[n]
    waiting[#waiting + 1] = ' ' .. ARGV[at + 1] .. ' ' .. places
    sizes[#sizes + 1] = size
    records[#records + 1] = { offset, past - 1 }
    answers[n] = 1
  else
    answers[n] = 0
  end
  at = at + STRIDE
  offset = past
end
if #records == 0 then return answers end

local appended = ARGV[2]
if #records < #ids then
  local parts = {}
  for i, record in ipairs(records) do parts[i] = string.sub(appended, record[1], record[2]) end
  appended = table.concat(parts)
end

-- First a command that a full memory refuses: then nothing of the batch is written.
local item = redis.call('XADD', KEYS[7], '*', 'sizes', table.concat(sizes, ' '), 'records', appended, 'ids', table.concat(appendedIds, '\n'))
for i = 2, #waiting, 2 do waiting[i] = item .. waiting[i] end
write('HSET', KEYS[8], waiting)
write('HSET', ended, remembered)
redis.call('PEXPIREAT', ended, text((generation + 2) * remember))
write('HDEL', KEYS[4], released)
for _, sum in ipairs(sums) do
  for envelope, window in string.gmatch(sum.places, '(%S+) (%S+)') do
    local field = envelope .. ' ' .. window
    if sum.cost ~= 0 then redis.call('HINCRBY', KEYS[2], field, text(sum.cost)) end
    if sum.amount > 0 then redis.call('HINCRBY', KEYS[3], field, text(-sum.amount)) end
  end
end
for places in pairs(named) do
  for envelope, window in string.gmatch(places, '(%S+) (%S+)') do
    local used = redis.call('HGET', KEYS[1], envelope) or ' '
    if not string.find(used, ' ' .. window .. ' ', 1, true) then
      redis.call('HSET', KEYS[1], envelope, used .. window .. ' ')
    end
  end
end
return answers
