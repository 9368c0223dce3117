// A constant arrival rate of @RATE@ requests a second for @SECONDS@ seconds, each for the next id of the list.
//
//   k6 run @SCRIPT@
//   k6 run -e RATE=1000 -e BASE=http://api:3000 @SCRIPT@
//
// The rate does not slow down when answers do. Requests that k6 could not start are dropped_iterations, and fail the test.
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
      // as many as are busy when every answer takes the 2 seconds that the threshold allows
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
  // counted over all virtual users, so that no id comes twice before all came once
  const id = ids[exec.scenario.iterationInTest % ids.length];
  const answer = http.request('@METHOD@', `${base}@PATH@`, null, {
    // one row in the results instead of one per id
    tags: { name: '@NAME@' },
  });
  check(answer, { 'status is 2xx': (r) => r.status >= 200 && r.status < 300 });
}
