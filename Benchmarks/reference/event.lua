-- wrk: posts the events in the file BENCH_BODY, one a line, in turn, and prints what it saw as one line of JSON.
-- With BENCH_BATCH above 1, all lines together are one request, an NDJSON batch.
-- With BENCH_PAUSE above 0, a connection waits so many milliseconds before each request.
local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
local bodies = {}
for line in file:lines() do
  bodies[#bodies + 1] = line
end
file:close()
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
if tonumber(os.getenv("BENCH_BATCH") or "1") > 1 then
  bodies = { table.concat(bodies, "\n") .. "\n" }
  wrk.headers["Content-Type"] = "application/x-ndjson"
end
wrk.body = bodies[1]

-- One event is left to wrk, which makes its request once; of several, each request is made before the load.
if #bodies > 1 then
  local requests, turn = {}, 0
  function init()
    for index, body in ipairs(bodies) do
      requests[index] = wrk.format(nil, nil, nil, body)
    end
  end
  function request()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

local pause = tonumber(os.getenv("BENCH_PAUSE") or "0")
if pause > 0 then
  function delay()
    return pause
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"max":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
