#!lua
-- settle.lua: ends a batch of holds; moves the money and appends the records.
-- KEYS     1 windows ever used  2 settled  3 held  4 open holds  5 their expiries  6, 7 ended holds, even and odd
--          generation  8 records waiting for the ledger (stream)
-- ARGV     1 rememberMs; then per settlement: holdId, cost, "envelope window ..." as named, record; no holdId twice
-- RETURNS  per settlement 1: settled now, 0: it was before
-- GUARANTEE  exactly once per id for at least rememberMs after its ending. A known hold is released and settled on the
--          windows of its admission; an unknown one is settled on the windows named. Everything is decided before the
--          first write.
local EXACT = 9007199254740991
local SLICE = 1000
local STRIDE = 4

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local remember = tonumber(ARGV[1])
local generation = math.floor(now / remember)
local ended = (generation % 2 == 0) and KEYS[6] or KEYS[7]

local function text(number) return string.format('%.0f', number) end

local function read(key, fields)
  local values = {}
  for from = 1, #fields, SLICE do
    local to = math.min(from + SLICE - 1, #fields)
    local slice = redis.call('HMGET', key, unpack(fields, from, to))
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
for i = 2, #ARGV, STRIDE do ids[#ids + 1] = ARGV[i] end
local open, even, odd = read(KEYS[4], ids), read(KEYS[6], ids), read(KEYS[7], ids)

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

local answers, records, released, remembered, named = {}, {}, {}, {}, {}
for n, id in ipairs(ids) do
  local at = (n - 1) * STRIDE + 2
  -- An open hold wins over an ending: after a rebuild that knew better, it must be able to end.
  if open[n] or not (even[n] or odd[n]) then
    local hold = open[n]
    local amount, places
    if hold then
      amount, places = string.match(hold, '^(%d+)\n([^\n]*)\n')
      released[#released + 1] = id
    else
      amount, places = '0', ARGV[at + 2]
      hold = '0\n' .. places .. '\n0\n\n\n\n'
      named[places] = true
    end
    add(places, tonumber(ARGV[at + 1]), tonumber(amount))
    remembered[#remembered + 1] = id
    remembered[#remembered + 1] = hold
    records[#records + 1] = ARGV[at + 3]
    answers[n] = 1
  else
    answers[n] = 0
  end
end

-- First a command that a full memory refuses: then nothing of the batch is written.
for _, record in ipairs(records) do redis.call('XADD', KEYS[8], '*', 'r', record) end
write('HSET', ended, remembered)
if #remembered > 0 then redis.call('PEXPIREAT', ended, text((generation + 2) * remember)) end
write('HDEL', KEYS[4], released)
write('ZREM', KEYS[5], released)
for _, sum in ipairs(sums) do
  for envelope, window in string.gmatch(sum.places, '(%S+) (%S+)') do
    local field = envelope .. ' ' .. window
    if sum.cost > 0 then redis.call('HINCRBY', KEYS[2], field, text(sum.cost)) end
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
