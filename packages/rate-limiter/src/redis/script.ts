/**
 * The algorithms as one Lua script: any number of calls about any number of
 * limits, decided by Redis's own clock, each call all or nothing.
 *
 *   KEYS     one per charge, in the order of the calls
 *   ARGV     number of limits, then six per limit: kind, shadow, and four of the kind;
 *            number of shapes, then per shape of a call: mode (take, some, look, force, release,
 *            reset), token, number of charges, and two per charge: place of its limit, cost;
 *            then per call: place of its shape
 *   answers  four whole numbers per charge: granted, remaining, hold, reset; times in ms.
 *            hold: 0 or less, allowed after so long; above 0, refused for so long; 2^53, for ever
 *
 * What calls have in common is sent and read once: the limits they are about, and the counters
 * that are plain values. Each kind has four functions. `open` reads the counter and sets
 * `free`; `apply` charges units (negative: gives back) and writes; `reset` and, for a refusal,
 * `retry` give the times.
 * Numbers are those of the meters in `src/memory`, in µs since 2025, which a
 * Lua number holds exactly.
 */
const prelude = `
local token
local call = redis.call
local time = call('TIME')
local now = (time[1] - 1735689600) * 1000000 + time[2]
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local function ms(us)
  if us <= 0 then return 0 end
  return ceil(us / 1000)
end
local function exact(number) return string.format('%.17g', number) end
local kinds, written = {}, {}
`;

/**
 * Counters that are plain values: read by one command, except those written by calls before.
 * Making text of a number is slow, and calls of one moment often set the same time to live.
 */
const values = `
local pack, unpacked = struct.pack, struct.unpack
local stored = call('MGET', unpack(KEYS))
local function fetch(m)
  local value = written[m.key]
  if value == nil then return stored[m.index] end
  return value
end
local texts = {}
local function keep(m, us, value)
  local key, life = m.key, us > 1000 and ceil(us / 1000) or 1
  written[key] = value
  if not texts[life] then texts[life] = string.format('%.0f', life) end
  call('PSETEX', key, texts[life], value)
end
`;

/** a: interval in µs · b: capacity · c: whether one waits. The counter: the arrival time. */
const buckets = `
kinds.bucket = {
  open = function(m, l)
    local arrival, value = now, fetch(m)
    if value then
      arrival = unpacked('d', value)
      if arrival < now then arrival = now end
    end
    local backlog = arrival - now - l.slack
    m.arrival, m.wait = arrival, l.waits and ms(backlog) or 0
    m.free = floor(l.b - backlog / l.a)
  end,
  apply = function(m, l, units)
    local arrival = max(now, m.arrival + units * l.a)
    m.arrival = arrival
    keep(m, arrival - now, pack('d', arrival))
  end,
  reset = function(m, l) return m.arrival - now - l.slack end,
  retry = function(m, l) return m.arrival - now - l.slack + (m.least - l.b) * l.a end
}
`;

/** a: window in µs · b: capacity · text: bounds of calendar windows in ms, or nothing. */
const windows = `
local epoch = 1735689600000000
local function windowEnd(l)
  if l.text == '' then return (floor((now + epoch) / l.a) + 1) * l.a - epoch end
  local last
  for bound in string.gmatch(l.text, '%d+') do
    last = bound * 1000 - epoch
    if last > now then return last end
  end
  return last
end
kinds.window = {
  open = function(m, l)
    m.stop, m.used = windowEnd(l), 0
    local value = fetch(m)
    if value then
      local stop, used = unpacked('dd', value)
      if stop > now and stop <= m.stop + l.a then m.stop, m.used = stop, used end
    end
    m.free = l.b - m.used
  end,
  apply = function(m, l, units)
    m.used = max(0, m.used + units)
    keep(m, m.stop - now, pack('dd', m.stop, m.used))
  end,
  reset = function(m) return m.used > 0 and m.stop - now or 0 end,
  retry = function(m) return m.stop - now end
}
`;

/** a: window in µs · b: capacity. The counter: end of the window after, current, previous. */
const slidingCounters = `
kinds.counter = {
  open = function(m, l)
    m.stop = (floor(now / l.a) + 1) * l.a
    m.current, m.previous = 0, 0
    local value = fetch(m)
    if value then
      local expires, current, previous = unpacked('ddd', value)
      if expires > m.stop then m.current, m.previous = current, previous
      elseif expires > now then m.previous = current end
    end
    local faded = m.previous * ((m.stop - now) / l.a)
    m.free = floor(l.b - m.current - faded + 1e-9)
  end,
  apply = function(m, l, units)
    m.current = m.current + units
    if m.current < 0 then m.previous = max(0, m.previous + m.current) end
    m.current = max(0, m.current)
    local expires = m.stop + l.a
    keep(m, expires - now, pack('ddd', expires, m.current, m.previous))
  end,
  reset = function(m, l)
    local rest = m.stop - now
    return m.current > 0 and rest + l.a or m.previous > 0 and rest or 0
  end,
  retry = function(m, l)
    local rest, room = m.stop - now, l.b - m.least
    return m.current <= room and rest - l.a * (room - m.current) / max(m.previous, 1e-9)
      or rest + l.a * (m.current - room) / m.current
  end
}
`;

/** a: window in µs · b: capacity. The counter: a list of times, one for each unit. */
const logs = `
local function timeAt(m, index) return tonumber(call('LINDEX', m.key, index)) or 0 end
kinds.log = {
  open = function(m, l)
    local first = call('LINDEX', m.key, 0)
    while first and tonumber(first) <= now - l.a do
      call('LPOP', m.key)
      first = call('LINDEX', m.key, 0)
    end
    m.free = l.b - call('LLEN', m.key)
  end,
  apply = function(m, l, units)
    if units < 0 then call('RPOP', m.key, -units) return end
    local times = {}
    for unit = 1, units do
      times[#times + 1] = string.format('%.0f', now)
      if #times == 1000 or unit == units then
        call('RPUSH', m.key, unpack(times))
        times = {}
      end
    end
    call('PEXPIRE', m.key, max(1, ms(l.a)))
  end,
  reset = function(m, l) return timeAt(m, -1) + l.a - now end,
  retry = function(m, l) return timeAt(m, m.least - m.free - 1) + l.a - now end
}
`;

/** a: lease in µs · b: capacity. The counter: a sorted set of tokens by the end of their lease. */
const holders = `
kinds.holders = {
  open = function(m, l)
    call('ZREMRANGEBYSCORE', m.key, '-inf', exact(now))
    m.free = l.b - call('ZCARD', m.key)
  end,
  apply = function(m, l, units)
    for unit = 1, units do call('ZADD', m.key, exact(now + l.a), token .. ':' .. unit) end
    call('PEXPIRE', m.key, max(1, ms(l.a), call('PTTL', m.key)))
  end,
  reset = function(m) return (call('ZRANGE', m.key, -1, -1, 'WITHSCORES')[2] or now) - now end,
  retry = function(m, l)
    local index = m.least - m.free - 1
    return (call('ZRANGE', m.key, index, index, 'WITHSCORES')[2] or now + l.a) - now
  end
}
`;

const decide = `
local limits, argument = {}, 2
for place = 1, ARGV[1] do
  local kind, shadow, a, b, c, text = unpack(ARGV, argument, argument + 5)
  limits[tostring(place)] = {
    kind = kinds[kind], enforced = shadow == '0', a = tonumber(a), b = tonumber(b),
    waits = c == '1', text = text, slack = min(0.05, a / 1024)
  }
  argument = argument + 6
end

local shapes = {}
local count = tonumber(ARGV[argument])
argument = argument + 1
for place = 1, count do
  local shape = {
    mode = ARGV[argument], token = ARGV[argument + 1], size = tonumber(ARGV[argument + 2])
  }
  argument = argument + 3
  for index = 1, shape.size do
    local cost = tonumber(ARGV[argument + 1])
    shape[index] = {
      limit = limits[ARGV[argument]], cost = cost,
      least = shape.mode == 'take' and cost > 1 and cost or 1
    }
    argument = argument + 2
  end
  shapes[tostring(place)] = shape
end

local answer, size, key, meters = {}, 0, 0, {}

local function read(m, charge, mode)
  key = key + 1
  local l, cost = charge.limit, charge.cost
  m.limit, m.index, m.key, m.cost, m.least, m.wait = l, key, KEYS[key], cost, charge.least, 0
  if mode == 'reset' then
    call('DEL', m.key)
    written[m.key] = false
  end
  if mode == 'release' then
    for unit = 1, cost do call('ZREM', m.key, token .. ':' .. unit) end
  end
  l.kind.open(m, l)
  if mode == 'force' then
    l.kind.apply(m, l, cost)
    l.kind.open(m, l)
  end
  m.allowed = m.free >= m.least
  return l.enforced and not m.allowed
end

local function write(m, mode, refused)
  local l, free, granted = m.limit, m.free, 0
  if m.allowed and not refused and (mode == 'take' or mode == 'some') then
    granted = m.cost < free and m.cost or free
    if granted > 0 then l.kind.apply(m, l, granted) end
  end
  answer[size + 1] = mode == 'force' and m.cost or granted
  answer[size + 2] = free > granted and free - granted or 0
  answer[size + 3] = m.allowed and -m.wait or m.least > l.b and 2 ^ 53
    or max(1, ms(l.kind.retry(m, l)))
  answer[size + 4] = ms(l.kind.reset(m, l))
  size = size + 4
end

for place = argument, #ARGV do
  local shape, refused = shapes[ARGV[place]], false
  local mode = shape.mode
  token = shape.token
  for index = 1, shape.size do
    local m = meters[index]
    if not m then
      m = { free = 0, arrival = 0, allowed = false, stop = 0, used = 0 }
      meters[index] = m
    end
    if read(m, shape[index], mode) then refused = true end
  end
  for index = 1, shape.size do write(meters[index], mode, refused) end
end
return answer
`;

const kinds = { bucket: buckets, window: windows, counter: slidingCounters, log: logs, holders };

export type Kind = keyof typeof kinds;

/** The script with the kinds that are needed: what is not there is not set up for each call. */
export function scriptOf(needed: ReadonlySet<Kind>): string {
  const parts = kindNames.filter((kind) => needed.has(kind)).map((kind) => kinds[kind]);
  const plain = needed.has("bucket") || needed.has("window") || needed.has("counter");
  return [prelude, plain ? values : "", ...parts, decide].join("");
}

const kindNames: readonly Kind[] = ["bucket", "window", "counter", "log", "holders"];
