-- wrk: posts the bodies of the file named in BENCH_BODIES in turn and prints what came back as JSON.
local requests = {}
local at = 0

function init()
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    wrk.headers["Authorization"] = "Basic " .. os.getenv("BENCH_BASIC")
    for line in io.lines(os.getenv("BENCH_BODIES")) do
        requests[#requests + 1] = wrk.format(nil, nil, nil, line)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary)
    local e = summary.errors
    io.write(string.format('{"requests":%d,"refused":%d,"broken":%d}\n', summary.requests, e.status,
        e.connect + e.read + e.write + e.timeout))
end
