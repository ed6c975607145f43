#!lua
-- hold.lua: holds money for a batch of calls.
-- KEYS     1 envelopes  2 current windows  3 windows ever used  4 settled  5 held  6 open holds  7 lines
--          8, 9 ended holds, even and odd generation  10 built  11 frozen
-- ARGV     per request: holdId, callId, amount, expiresInMs, line or "", cover ("+id" may refuse, "-id" only accounts,
--          separated by spaces); no holdId twice
-- RETURNS  per request a text, fields separated by line feeds:
--          the hold, new or as first answered: amount, "envelope window ...", expiresAtMs, step or "", position or "",
--          "envelope ..." that would have refused, callId
--          "!", envelope, reason, limit, settled, held, end of the window or "-": refused
--          "?", envelope: unknown, or no window of it covers now; of a desk that is not built the first asked for, or ""
-- GUARANTEE  each request is all or nothing, and requests of a batch see each other. Amounts are doubles, exact to 2^53;
--          beyond, comparisons with a limit are still right. Everything is read and decided before the first write.
--          Built is a desk that this very process of Redis was told so: one started again may have lost its last second
local EXACT = 9007199254740991
local SLICE = 1000
local STRIDE = 6
local STEPS = { 'steer', 'flex', 'shrink', 'cap' }
local severity = { in_flight = 1, spent = 2, never_fits = 3 }

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

if redis.call('EXISTS', KEYS[11]) == 1 then return redis.error_reply('FROZEN the desk is being rebuilt') end
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local built = string.match(redis.call('GET', KEYS[10]) or '', ' (%x+)$') == server

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

-- The window of an envelope that covers now, from the full list; kept in `current` until it ends.
local function choose(id)
  local full = redis.call('HGET', KEYS[1], id)
  if not full then return nil end
  local limit, steps = string.match(full, '^(%S+) (%S+)')
  for starts, ends, window, also in string.gmatch(full, '\n(%S+) (%S+) (%S+)([^\n]*)') do
    if tonumber(starts) <= now and (ends == '-' or now < tonumber(ends)) then
      redis.call('HSET', KEYS[2], id, table.concat({ limit, steps, starts, ends, window }, ' ') .. also)
      local used = redis.call('HGET', KEYS[3], id) or ' '
      if not string.find(used, ' ' .. window .. ' ', 1, true) then
        redis.call('HSET', KEYS[3], id, used .. window .. ' ')
      end
      return limit, steps, starts, ends, window, also
    end
  end
  return nil
end

-- What the batch asks for, each cover and each envelope once: ids[n], covers[text] = { names, refuses }.
local ids, covers, names, envelopes = {}, {}, {}, {}
for i = 1, #ARGV, STRIDE do
  ids[#ids + 1] = ARGV[i]
  local spelled = ARGV[i + 5]
  if not covers[spelled] then
    local cover = { names = {}, refuses = {}, added = 0 }
    for sign, id in string.gmatch(spelled, '([+-])(%S+)') do
      cover.names[#cover.names + 1] = id
      cover.refuses[#cover.names] = sign == '+'
      if envelopes[id] == nil then
        envelopes[id] = false
        names[#names + 1] = id
      end
    end
    covers[spelled] = cover
  end
end

-- Shares of the ladder as sums; one that is not declared is never reached.
local function sums(steps)
  local reached = {}
  for share in string.gmatch(steps, '[^,]+') do reached[#reached + 1] = tonumber(share) or math.huge end
  return reached
end

local fields, loaded = {}, {}
local cached = read(KEYS[2], names)
for i, id in ipairs(names) do
  local limit, steps, starts, ends, window, also
  if cached[i] then limit, steps, starts, ends, window, also = string.match(cached[i], '^(%S+) (%S+) (%S+) (%S+) (%S+)(.*)$') end
  if not cached[i] or now < tonumber(starts) or (ends ~= '-' and now >= tonumber(ends)) then
    limit, steps, starts, ends, window, also = choose(id)
  end
  if window then
    local field = id .. ' ' .. window
    fields[#fields + 1] = field
    envelopes[id] = { id = id, field = field, limit = tonumber(limit), steps = sums(steps), ends = ends, also = also, added = 0 }
    loaded[#loaded + 1] = envelopes[id]
  end
end
-- The buckets of rolling windows stand behind all others.
for _, envelope in ipairs(loaded) do
  envelope.from = #fields + 1
  for window in string.gmatch(envelope.also, '%S+') do fields[#fields + 1] = envelope.id .. ' ' .. window end
  envelope.to = #fields
end
local settled, held = read(KEYS[4], fields), read(KEYS[5], fields)
for i, envelope in ipairs(loaded) do
  envelope.settled = tonumber(settled[i] or 0)
  envelope.held = tonumber(held[i] or 0)
  for at = envelope.from, envelope.to do
    envelope.settled = envelope.settled + tonumber(settled[at] or 0)
    envelope.held = envelope.held + tonumber(held[at] or 0)
  end
  envelope.total = envelope.settled + envelope.held
end
for _, cover in pairs(covers) do
  local places = {}
  for i, id in ipairs(cover.names) do
    cover[i] = envelopes[id] or nil
    if not envelopes[id] then
      cover.unknown = cover.unknown or id
    else
      places[i] = envelopes[id].field
    end
  end
  cover.places = not cover.unknown and table.concat(places, ' ')
end

-- The refusal that no waiting mends comes first; of equals, the first in the cover. Without one, who would have refused.
local function refusal(cover, amount)
  local worst, reason
  local would = {}
  for i, envelope in ipairs(cover) do
    if envelope.total + amount > envelope.limit then
      if cover.refuses[i] then
        local mine = (amount > envelope.limit and 'never_fits') or (envelope.settled + amount > envelope.limit and 'spent') or 'in_flight'
        if not worst or severity[mine] > severity[reason] then worst, reason = envelope, mine end
      else
        would[#would + 1] = envelope.id
      end
    end
  end
  if not worst then return nil, table.concat(would, ' ') end
  local figures = { text(worst.limit), text(worst.settled), text(worst.held), worst.ends }
  return '!\n' .. worst.id .. '\n' .. reason .. '\n' .. table.concat(figures, '\n')
end

local lines, lineNames = {}, {}
local function position(line)
  if not lines[line] then
    lines[line] = tonumber(redis.call('HGET', KEYS[7], line) or 1)
    lineNames[#lineNames + 1] = line
  end
  lines[line] = lines[line] + 1
  return text(lines[line] - 1)
end

-- What a cover has admitted is added to its envelopes at the end, and earlier where the sum would no longer be exact.
local moves = {}
local function flush(cover)
  for _, envelope in ipairs(cover) do
    if envelope.added + cover.added > EXACT then
      moves[#moves + 1] = { envelope.field, text(envelope.added) }
      envelope.added = 0
    end
    envelope.added = envelope.added + cover.added
  end
  cover.added = 0
end

local open, even, odd = read(KEYS[6], ids), read(KEYS[8], ids), read(KEYS[9], ids)
local answers, holds, expiresAt = {}, {}, {}
local at = 1
for n = 1, #ids do
  local cover = covers[ARGV[at + 5]]
  local answer = open[n] or even[n] or odd[n]
  if not answer and not built then answer = '?\n' .. (cover.names[1] or '') end
  if not answer and cover.unknown then answer = '?\n' .. cover.unknown end
  if not answer then
    local amount, would = tonumber(ARGV[at + 2]), ''
    for i = 1, #cover do
      if cover[i].total + amount > cover[i].limit then
        answer, would = refusal(cover, amount)
        break
      end
    end
    if not answer then
      local step, place = 0, ''
      for i = 1, #cover do
        local envelope = cover[i]
        envelope.total = envelope.total + amount
        envelope.held = envelope.held + amount
        for s = #STEPS, step + 1, -1 do
          if envelope.total >= envelope.steps[s] then
            step = s
            break
          end
        end
      end
      if cover.added + amount > EXACT then flush(cover) end
      cover.added = cover.added + amount
      if ARGV[at + 4] ~= '' then place = position(ARGV[at + 4]) end
      local lasts = ARGV[at + 3]
      expiresAt[lasts] = expiresAt[lasts] or text(now + tonumber(lasts))
      answer = ARGV[at + 2] .. '\n' .. cover.places .. '\n' .. expiresAt[lasts] .. '\n' .. (STEPS[step] or '') .. '\n' .. place .. '\n' .. would .. '\n' .. ARGV[at + 1]
      holds[#holds + 1] = ids[n]
      holds[#holds + 1] = answer
    end
  end
  answers[n] = answer
  at = at + STRIDE
end

-- First a command that a full memory refuses: then nothing of the batch is written.
for from = 1, #holds, SLICE do redis.call('HSET', KEYS[6], unpack(holds, from, math.min(from + SLICE - 1, #holds))) end
for _, cover in pairs(covers) do flush(cover) end
for _, envelope in ipairs(loaded) do moves[#moves + 1] = { envelope.field, text(envelope.added) } end
for _, move in ipairs(moves) do
  if move[2] ~= '0' then redis.call('HINCRBY', KEYS[5], move[1], move[2]) end
end
for _, line in ipairs(lineNames) do redis.call('HSET', KEYS[7], line, text(lines[line])) end
return answers
