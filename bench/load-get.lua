-- wrk: GETs of the page asked for, with the bearer tokens of the file named in BENCH_TOKENS in turn, at
-- most BENCH_COUNT of them, or with none. Every answer must be the page. Prints what came back as JSON.
--
-- With BENCH_PLAIN, the path of another page, the two take turns of BENCH_TURN requests in one run: the
-- plain page, the page, the plain one, and so for each of the numbers of tokens in BENCH_COUNT. The CPU
-- time that the processes BENCH_PIDS used in each turn is printed as well, in microseconds a request:
-- so close together that what else changes on a machine changes for all of them.
local PAGE = "content\n"
local threads = {}
local lists = {} -- of requests: those of the page, then those of the plain one, for each number of tokens
local at = {}
local list = 1
local order = {} -- of lists, one turn after the other
local turn = 0
local sent = 0
local asked -- function: microseconds of CPU time so far
local since

wrong = 0 -- of this thread, as all that follows; done() reads them
turns = ""
first = 0

function setup(thread)
    threads[#threads + 1] = thread
end

-- The clock of another process's CPU time is read by its id, as clock_getcpuclockid(3) makes it.
local function cpu_clock(pids)
    local ffi = require("ffi")
    ffi.cdef([[
        struct bench_time { long seconds, nanoseconds; };
        int clock_getcpuclockid(int pid, int *clock);
        int clock_gettime(int clock, struct bench_time *time);
    ]])
    local clocks = {}
    local time = ffi.new("struct bench_time")
    for pid in pids:gmatch("%d+") do
        local id = ffi.new("int[1]")
        assert(ffi.C.clock_getcpuclockid(tonumber(pid), id) == 0, "no clock of process " .. pid)
        clocks[#clocks + 1] = id[0]
    end
    return function()
        local sum = 0
        for _, clock in ipairs(clocks) do
            assert(ffi.C.clock_gettime(clock, time) == 0, "a process of the server has ended")
            sum = sum + 1e6 * tonumber(time.seconds) + 1e-3 * tonumber(time.nanoseconds)
        end
        return sum
    end
end

local function requests(path, most)
    if not most then
        return { wrk.format("GET", path) }
    end
    local made = {}
    for line in io.lines(os.getenv("BENCH_TOKENS")) do
        if #made == most then
            break
        end
        made[#made + 1] = wrk.format("GET", path, { Authorization = "Bearer " .. line })
    end
    return made
end

function init()
    local plain = os.getenv("BENCH_PLAIN")
    for count in (os.getenv("BENCH_COUNT") .. ","):gmatch("([^,]*),") do
        local page = #lists + 1
        lists[page] = requests(nil, tonumber(count))
        if plain then
            lists[page + 1] = requests(plain, tonumber(count))
            for _, one in ipairs({ page + 1, page, page + 1 }) do
                order[#order + 1] = one
            end
        end
    end
    if plain then
        asked = cpu_clock(os.getenv("BENCH_PIDS"))
    end
end

local function next_turn()
    local now = asked()
    if since then
        turns = turns .. string.format("%s[%d,%.3f]", turns == "" and "" or ",", list, (now - since) / sent)
    end
    since = now
    sent = 0
    turn = turn % #order + 1
    list = order[turn]
end

function request()
    if asked and (not since or sent == tonumber(os.getenv("BENCH_TURN"))) then
        next_turn()
    end
    sent = sent + 1
    if list % 2 == 1 then
        first = first + 1
    end
    at[list] = (at[list] or 0) % #lists[list] + 1
    return lists[list][at[list]]
end

function response(status, _, body)
    if status ~= 200 or body ~= PAGE then
        wrong = wrong + 1
    end
end

function done(summary)
    local e = summary.errors
    local refused, pages, taken = 0, 0, {}
    for _, thread in ipairs(threads) do
        refused = refused + thread:get("wrong")
        pages = pages + thread:get("first")
        taken[#taken + 1] = thread:get("turns")
    end
    io.write(string.format('{"requests":%d,"pages":%d,"refused":%d,"broken":%d,"turns":[%s]}\n', summary.requests,
        pages, refused, e.connect + e.read + e.write + e.timeout, table.concat(taken, ",")))
end
