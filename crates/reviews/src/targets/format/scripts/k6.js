// @RATE@ requests per second, for @SECONDS@ seconds, each for the next id of the list.
//
//   k6 run @SCRIPT@
//   k6 run -e RATE=1000 -e BASE=http://api:3000 @SCRIPT@
//
// The rate stays the same when answers are slow. Requests that k6 cannot start count as
// dropped_iterations, and fail the test.
import http from 'k6/http';
import { check } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';

// one copy for all virtual users
const ids = new SharedArray('@NAME@', () => JSON.parse(open('./@FEED@')));

const base = __ENV.BASE || '@BASE@';
const rate = Number(__ENV.RATE || @RATE@);

export const options = {
  scenarios: {
    reviews: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: '@SECONDS@s',
      preAllocatedVUs: 100,
      // this many are busy if every answer takes 2 seconds, the threshold
      maxVUs: 2 * rate,
    },
  },
  thresholds: {
    http_req_duration: ['p(99)<2000'],
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
    dropped_iterations: ['count==0'],
  },
};

export default function () {
  // iterations are counted over all virtual users, so no id repeats until all have been used
  const id = ids[exec.scenario.iterationInTest % ids.length];
  const answer = http.request('@METHOD@', `${base}@PATH@`, null, {
    // the results have one row for this name, instead of one row per id
    tags: { name: '@NAME@' },
  });
  check(answer, { 'status is 2xx': (r) => r.status >= 200 && r.status < 300 });
}
