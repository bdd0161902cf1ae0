-- Posts the lines of a file, one after the other; prints what came of it as one line of JSON.
-- Run by benchmarks/load.py with one thread: wrk … --script load.lua URL -- FILE
local bodies = {}
local workers = {}
sent = 0

function setup(thread)
  table.insert(workers, thread)
end

function init(arguments)
  local headers = { ["Content-Type"] = "application/json" }
  for name, value in pairs(wrk.headers) do
    headers[name] = value
  end
  for line in io.lines(arguments[1]) do
    table.insert(bodies, wrk.format("POST", nil, headers, line))
  end
end

function request()
  sent = sent + 1
  return bodies[(sent - 1) % #bodies + 1]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "sent": %d, "seconds": %f, "failed": %d, "p50_ms": %f, "p90_ms": %f, '
      .. '"p99_ms": %f, "worst_ms": %f}\n',
    summary.requests, workers[1]:get("sent"), summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3))
end
