-- The targets for wrk, and the test: every request asks for the next id of the list.
--
--   wrk -t2 -c64 -d30s --latency -s THIS-FILE @BASE@ -- 2
--
-- The number after -- is that of -t: the threads then share the list, so that no id is asked for twice before all were.
-- wrk sends as fast as the server answers, it has no rate: read the latency together with the number of requests.

local list = [[
