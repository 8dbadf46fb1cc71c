-- wrk: GETs with the bearer tokens of the file named in BENCH_TOKENS in turn, at most BENCH_COUNT of
-- them, or with none, and prints what came back as JSON.
local requests = {}
local at = 0

function init()
    local most = tonumber(os.getenv("BENCH_COUNT"))
    if not most then
        requests[1] = wrk.format("GET")
        return
    end
    for line in io.lines(os.getenv("BENCH_TOKENS")) do
        if #requests == most then
            break
        end
        requests[#requests + 1] = wrk.format("GET", nil, { Authorization = "Bearer " .. line })
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
