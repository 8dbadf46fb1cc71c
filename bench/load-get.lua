-- wrk: GETs with the bearer tokens of the file named in BENCH_TOKENS in turn, at most BENCH_COUNT of
-- them, or with none. Every answer must be the page. Prints what came back as JSON.
local PAGE = "content\n"
local threads = {}
local requests = {}
local at = 0

wrong = 0 -- of this thread; done() reads it

function setup(thread)
    threads[#threads + 1] = thread
end

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

function response(status, _, body)
    if status ~= 200 or body ~= PAGE then
        wrong = wrong + 1
    end
end

function done(summary)
    local e = summary.errors
    local refused = 0
    for _, thread in ipairs(threads) do
        refused = refused + thread:get("wrong")
    end
    io.write(string.format('{"requests":%d,"refused":%d,"broken":%d}\n', summary.requests, refused,
        e.connect + e.read + e.write + e.timeout))
end
