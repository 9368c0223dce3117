-- The targets for wrk, and the test: every request is for the next id of the list.
--
--   wrk -t2 -c64 -d30s --latency -s THIS-FILE @BASE@ -- 2
--
-- Write the number of -t after -- again: then the threads divide the list, and no id repeats until
-- all have been requested. wrk has no rate: it sends as fast as the server answers. So judge the
-- latency together with the number of requests.

local list = [[
