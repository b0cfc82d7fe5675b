-- What wrk asks and how it reports: see load.ts.
local size = tonumber(os.getenv("BENCH_UPLOAD") or "0")
local body = size > 0 and string.rep("x", size) or nil
local ordinary

function init(args)
  if body then
    ordinary = wrk.format("POST", nil, { ["Content-Type"] = "application/octet-stream" }, body)
  else
    ordinary = wrk.format("GET")
  end
end

function request()
  return ordinary
end

function done(summary, latency, requests)
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  print(string.format('OUTCOME {"requests":%d,"seconds":%.3f,"errors":%d,"p50":%.3f,"p99":%.3f,"p999":%.3f}',
    summary.requests, summary.duration / 1e6, errors,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000))
end
