#!lua
-- hold.lua: holds money for a batch of calls.
-- KEYS     1 envelopes  2 current windows  3 windows ever used  4 settled  5 held  6 open holds  7 their expiries
--          8 lines  9, 10 ended holds, even and odd generation
-- ARGV     per request: holdId, callId, amount, expiresInMs, line or "", cover ("+id" may refuse, "-id" only accounts,
--          separated by spaces); no holdId twice
-- RETURNS  per request a text, fields separated by line feeds:
--          the hold, new or as first answered: amount, "envelope window ...", expiresAtMs, "steer" or "", position or "",
--          "envelope ..." that would have refused, callId
--          "!", envelope, reason, limit, settled, held, end of the window or "-": refused
--          "?", envelope: unknown, or no window of it covers now
-- GUARANTEE  each request is all or nothing, and requests of a batch see each other. Amounts are doubles, exact to 2^53;
--          beyond, comparisons with a limit are still right. Everything is read and decided before the first write.
local EXACT = 9007199254740991
local SLICE = 1000
local STRIDE = 6
local severity = { in_flight = 1, spent = 2, never_fits = 3 }

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

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

-- The window of an envelope that covers now, from the full list; kept in `current` until it ends.
local function choose(id)
  local full = redis.call('HGET', KEYS[1], id)
  if not full then return nil end
  local limit, steer = string.match(full, '^(%S+) (%S+)')
  for starts, ends, window in string.gmatch(full, '\n(%S+) (%S+) (%S+)') do
    if tonumber(starts) <= now and (ends == '-' or now < tonumber(ends)) then
      redis.call('HSET', KEYS[2], id, table.concat({ limit, steer, starts, ends, window }, ' '))
      local used = redis.call('HGET', KEYS[3], id) or ' '
      if not string.find(used, ' ' .. window .. ' ', 1, true) then
        redis.call('HSET', KEYS[3], id, used .. window .. ' ')
      end
      return limit, steer, starts, ends, window
    end
  end
  return nil
end

local ids, covers, names, envelopes = {}, {}, {}, {}
for i = 1, #ARGV, STRIDE do
  ids[#ids + 1] = ARGV[i]
  local spelled = ARGV[i + 5]
  if not covers[spelled] then
    local cover = { parts = {} }
    for sign, id in string.gmatch(spelled, '([+-])(%S+)') do
      cover.parts[#cover.parts + 1] = { id = id, refuses = sign == '+' }
      if envelopes[id] == nil then
        envelopes[id] = false
        names[#names + 1] = id
      end
    end
    covers[spelled] = cover
  end
end

local fields, loaded = {}, {}
local cached = read(KEYS[2], names)
for i, id in ipairs(names) do
  local limit, steer, starts, ends, window
  if cached[i] then limit, steer, starts, ends, window = string.match(cached[i], '^(%S+) (%S+) (%S+) (%S+) (%S+)$') end
  if not cached[i] or now < tonumber(starts) or (ends ~= '-' and now >= tonumber(ends)) then
    limit, steer, starts, ends, window = choose(id)
  end
  if window then
    fields[#fields + 1] = id .. ' ' .. window
    loaded[#loaded + 1] = { id = id, field = fields[#fields], limit = tonumber(limit), steer = tonumber(steer), ends = ends, added = 0 }
    envelopes[id] = loaded[#loaded]
  end
end
local settled, held = read(KEYS[4], fields), read(KEYS[5], fields)
for i, envelope in ipairs(loaded) do
  envelope.settled = tonumber(settled[i] or 0)
  envelope.held = tonumber(held[i] or 0)
end
for _, cover in pairs(covers) do
  local places = {}
  for i, part in ipairs(cover.parts) do
    part.envelope = envelopes[part.id]
    if not part.envelope then
      cover.unknown = cover.unknown or part.id
    else
      places[i] = part.envelope.field
    end
  end
  if not cover.unknown then cover.places = table.concat(places, ' ') end
end

-- The refusal that no waiting mends comes first; of equals, the first in the cover.
local function refusal(cover, amount, would)
  local worst, reason
  for _, part in ipairs(cover.parts) do
    local envelope = part.envelope
    if envelope.settled + envelope.held + amount > envelope.limit then
      if part.refuses then
        local mine = (amount > envelope.limit and 'never_fits') or (envelope.settled + amount > envelope.limit and 'spent') or 'in_flight'
        if not worst or severity[mine] > severity[reason] then worst, reason = envelope, mine end
      else
        would[#would + 1] = part.id
      end
    end
  end
  if not worst then return nil end
  return table.concat({ '!', worst.id, reason, text(worst.limit), text(worst.settled), text(worst.held), worst.ends }, '\n')
end

local lines, lineNames = {}, {}
local function position(line)
  if line == '' then return '' end
  if not lines[line] then
    lines[line] = tonumber(redis.call('HGET', KEYS[8], line) or 1)
    lineNames[#lineNames + 1] = line
  end
  lines[line] = lines[line] + 1
  return text(lines[line] - 1)
end

local open, even, odd = read(KEYS[6], ids), read(KEYS[9], ids), read(KEYS[10], ids)
local answers, holds, expiries, overflow = {}, {}, {}, {}
for n, id in ipairs(ids) do
  local at = (n - 1) * STRIDE + 1
  local cover = covers[ARGV[at + 5]]
  local answer = open[n] or even[n] or odd[n]
  if not answer and cover.unknown then answer = '?\n' .. cover.unknown end
  if not answer then
    local amount, would = tonumber(ARGV[at + 2]), {}
    answer = refusal(cover, amount, would)
    if not answer then
      local step = ''
      for _, part in ipairs(cover.parts) do
        local envelope = part.envelope
        if envelope.added + amount > EXACT then
          overflow[#overflow + 1] = { envelope.field, text(envelope.added) }
          envelope.added = 0
        end
        envelope.held = envelope.held + amount
        envelope.added = envelope.added + amount
        if envelope.steer and envelope.settled + envelope.held >= envelope.steer then step = 'steer' end
      end
      local expires = text(now + tonumber(ARGV[at + 3]))
      answer = table.concat({ ARGV[at + 2], cover.places, expires, step, position(ARGV[at + 4]), table.concat(would, ' '), ARGV[at + 1] }, '\n')
      holds[#holds + 1] = id
      holds[#holds + 1] = answer
      expiries[#expiries + 1] = expires
      expiries[#expiries + 1] = id
    end
  end
  answers[n] = answer
end

-- First a command that a full memory refuses: then nothing of the batch is written.
write('HSET', KEYS[6], holds)
write('ZADD', KEYS[7], expiries)
for _, sum in ipairs(overflow) do redis.call('HINCRBY', KEYS[5], sum[1], sum[2]) end
for _, envelope in ipairs(loaded) do
  if envelope.added > 0 then redis.call('HINCRBY', KEYS[5], envelope.field, text(envelope.added)) end
end
for _, line in ipairs(lineNames) do redis.call('HSET', KEYS[8], line, text(lines[line])) end
return answers
