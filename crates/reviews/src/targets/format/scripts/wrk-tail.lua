]]

local paths = {}
for id1, id2 in list:gmatch("(%d+),?(%d*)\n") do
  paths[#paths + 1] = "@PATH@"
end

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

local position, step

function init(args)
  step = tonumber(args[1])
  if step then
    position = number
  else
    -- the number of threads is unknown: each thread starts at another place of the list
    step = 1
    position = math.floor(#paths * ((number - 1) * 0.618034 % 1)) + 1
  end
end

function request()
  local path = paths[(position - 1) % #paths + 1]
  position = position + step
  return wrk.format("@METHOD@", path)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format("p99 %.1f ms (wanted: below 2000), errors %.2f %% (wanted: below 1)\n",
    latency:percentile(99) / 1000, 100 * failed / math.max(1, summary.requests + failed - errors.status)))
end
