/**
 * The algorithms as one Lua script: any number of calls about any number of
 * limits, decided by Redis's own clock, each call all or nothing.
 *
 *   KEYS     one per limit
 *   ARGV     per call: mode (take, look, force, release, reset), token, number of limits;
 *            then eight per limit: kind, cost, least, shadow, and four numbers of the kind
 *   answers  six whole numbers per limit: allowed, granted, remaining, wait,
 *            retry (-1: never), reset; times in ms
 *
 * Each kind has three functions. `open` reads the counter and sets `free`;
 * `apply` charges units (negative: gives back) and writes; `tell` sets the times.
 * Numbers are those of the meters in `src/memory`, in µs since 2025, which a
 * Lua number holds exactly.
 */
const prelude = `
local token
local time = redis.call('TIME')
local now = (time[1] - 1735689600) * 1000000 + time[2]
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local function ms(us) return max(0, ceil(us / 1000)) end
local function exact(number) return string.format('%.17g', number) end
local pack, unpacked = struct.pack, struct.unpack
local function keep(key, us, value) redis.call('PSETEX', key, max(1, ms(us)), value) end
local kinds = {}
`;

/** a: interval in µs · b: capacity. The counter: the theoretical arrival time. */
const buckets = `
kinds.bucket = {
  open = function(m)
    m.slack = min(0.05, m.a / 1024)
    local value = redis.call('GET', m.key)
    m.arrival = value and max(now, (unpacked('d', value))) or now
    local backlog = m.arrival - now - m.slack
    m.wait = m.c == '1' and ms(backlog) or 0
    m.free = floor(m.b - backlog / m.a)
  end,
  apply = function(m, units)
    m.arrival = max(now, m.arrival + units * m.a)
    keep(m.key, m.arrival - now, pack('d', m.arrival))
  end,
  tell = function(m)
    local backlog = m.arrival - now - m.slack
    m.retry = backlog + (m.least - m.b) * m.a
    m.reset = backlog
  end
}
`;

/** a: window in µs · b: capacity · text: bounds of calendar windows in ms, or nothing. */
const windows = `
local epoch = 1735689600000000
local function windowEnd(m)
  if m.text == '' then return (floor((now + epoch) / m.a) + 1) * m.a - epoch end
  local last
  for bound in string.gmatch(m.text, '%d+') do
    last = bound * 1000 - epoch
    if last > now then return last end
  end
  return last
end
kinds.window = {
  open = function(m)
    m.stop, m.used = windowEnd(m), 0
    local value = redis.call('GET', m.key)
    if value then
      local stop, used = unpacked('dd', value)
      if stop > now and stop <= m.stop + m.a then m.stop, m.used = stop, used end
    end
    m.free = m.b - m.used
  end,
  apply = function(m, units)
    m.used = max(0, m.used + units)
    keep(m.key, m.stop - now, pack('dd', m.stop, m.used))
  end,
  tell = function(m)
    m.retry = m.stop - now
    m.reset = m.used > 0 and m.stop - now or 0
  end
}
`;

/** a: window in µs · b: capacity. The counter: end of the window after, current, previous. */
const slidingCounters = `
kinds.counter = {
  open = function(m)
    m.stop = (floor(now / m.a) + 1) * m.a
    m.current, m.previous = 0, 0
    local value = redis.call('GET', m.key)
    if value then
      local expires, current, previous = unpacked('ddd', value)
      if expires > m.stop then m.current, m.previous = current, previous
      elseif expires > now then m.previous = current end
    end
    local faded = m.previous * ((m.stop - now) / m.a)
    m.free = floor(m.b - m.current - faded + 1e-9)
  end,
  apply = function(m, units)
    m.current = m.current + units
    if m.current < 0 then m.previous = max(0, m.previous + m.current) end
    m.current = max(0, m.current)
    local expires = m.stop + m.a
    keep(m.key, expires - now, pack('ddd', expires, m.current, m.previous))
  end,
  tell = function(m)
    local rest, room = m.stop - now, m.b - m.least
    m.retry = m.current <= room and rest - m.a * (room - m.current) / max(m.previous, 1e-9)
      or rest + m.a * (m.current - room) / m.current
    m.reset = m.current > 0 and rest + m.a or m.previous > 0 and rest or 0
  end
}
`;

/** a: window in µs · b: capacity. The counter: a list of times, one for each unit. */
const logs = `
local function timeAt(m, index) return tonumber(redis.call('LINDEX', m.key, index)) or 0 end
kinds.log = {
  open = function(m)
    local first = redis.call('LINDEX', m.key, 0)
    while first and tonumber(first) <= now - m.a do
      redis.call('LPOP', m.key)
      first = redis.call('LINDEX', m.key, 0)
    end
    m.free = m.b - redis.call('LLEN', m.key)
  end,
  apply = function(m, units)
    if units < 0 then redis.call('RPOP', m.key, -units) return end
    local times = {}
    for unit = 1, units do
      times[#times + 1] = string.format('%.0f', now)
      if #times == 1000 or unit == units then
        redis.call('RPUSH', m.key, unpack(times))
        times = {}
      end
    end
    redis.call('PEXPIRE', m.key, max(1, ms(m.a)))
  end,
  tell = function(m)
    m.retry = timeAt(m, m.least - m.free - 1) + m.a - now
    m.reset = timeAt(m, -1) + m.a - now
  end
}
`;

/** a: lease in µs · b: capacity. The counter: a sorted set of tokens by the end of their lease. */
const holders = `
kinds.holders = {
  open = function(m)
    redis.call('ZREMRANGEBYSCORE', m.key, '-inf', exact(now))
    m.free = m.b - redis.call('ZCARD', m.key)
  end,
  apply = function(m, units)
    for unit = 1, units do redis.call('ZADD', m.key, exact(now + m.a), token .. ':' .. unit) end
    redis.call('PEXPIRE', m.key, max(1, ms(m.a), redis.call('PTTL', m.key)))
  end,
  tell = function(m)
    local index = m.least - m.free - 1
    m.retry = (redis.call('ZRANGE', m.key, index, index, 'WITHSCORES')[2] or now + m.a) - now
    m.reset = (redis.call('ZRANGE', m.key, -1, -1, 'WITHSCORES')[2] or now) - now
  end
}
`;

const decide = `
local answer, argument, key = {}, 1, 1

local function read(mode)
  local at = argument
  local m = {
    key = KEYS[key], kind = kinds[ARGV[at]], cost = tonumber(ARGV[at + 1]),
    least = tonumber(ARGV[at + 2]), enforced = ARGV[at + 3] == '0', a = tonumber(ARGV[at + 4]),
    b = tonumber(ARGV[at + 5]), c = ARGV[at + 6], text = ARGV[at + 7], granted = 0, wait = 0,
    free = 0, allowed = false, retry = 0, reset = 0, arrival = 0, slack = 0, stop = 0, used = 0
  }
  argument, key = argument + 8, key + 1
  if mode == 'reset' then redis.call('DEL', m.key) end
  if mode == 'release' then
    for unit = 1, m.cost do redis.call('ZREM', m.key, token .. ':' .. unit) end
  end
  m.kind.open(m)
  if mode == 'force' then
    m.kind.apply(m, m.cost)
    m.kind.open(m)
  end
  m.allowed = m.free >= m.least
  return m
end

local function write(m, mode, refused)
  if mode == 'take' and m.allowed and not refused then m.granted = min(m.cost, m.free) end
  if m.granted > 0 then m.kind.apply(m, m.granted) end
  m.kind.tell(m)
  local at = #answer
  answer[at + 1] = m.allowed and 1 or 0
  answer[at + 2] = mode == 'force' and m.cost or m.granted
  answer[at + 3] = max(0, m.free - m.granted)
  answer[at + 4] = m.allowed and m.wait or 0
  answer[at + 5] = m.allowed and 0 or m.least > m.b and -1 or max(1, ms(m.retry))
  answer[at + 6] = ms(m.reset)
end

while argument <= #ARGV do
  local mode, count = ARGV[argument], tonumber(ARGV[argument + 2])
  token = ARGV[argument + 1]
  argument = argument + 3
  local meters, refused = {}, false
  for index = 1, count do
    local m = read(mode)
    if m.enforced and not m.allowed then refused = true end
    meters[index] = m
  end
  for index = 1, count do write(meters[index], mode, refused) end
end
return answer
`;

const kinds = { bucket: buckets, window: windows, counter: slidingCounters, log: logs, holders };

export type Kind = keyof typeof kinds;

/** The script with the kinds that are needed: what is not there is not set up for each call. */
export function scriptOf(needed: ReadonlySet<Kind>): string {
  const parts = kindNames.filter((kind) => needed.has(kind)).map((kind) => kinds[kind]);
  return [prelude, ...parts, decide].join("");
}

const kindNames: readonly Kind[] = ["bucket", "window", "counter", "log", "holders"];
