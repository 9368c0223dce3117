// Runs autocannon, which cannot read a list by itself: node autocannon.cjs BASE LIST.json [SECONDS]
// `reviewseed targets --format k6` writes LIST.json. The test sends 250 requests per second; each
// connection uses its own part of the list.
const fs = require('node:fs');
const autocannon = require('autocannon');

const [base, list, seconds = '30'] = process.argv.slice(2);
const paths = JSON.parse(fs.readFileSync(list, 'utf8')).map((id) => `/reviews?product_id=${id}`);
const connections = 10;
let client = 0;

autocannon({
  url: base,
  connections,
  overallRate: 250,
  duration: Number(seconds),
  setupClient: (connection) => {
    const part = client++;
    connection.setRequests(paths.filter((_, n) => n % connections === part).map((path) => ({ path })));
  },
}, (error, result) => {
  if (error) throw error;
  const failed = result.errors + result.non2xx;
  console.log(`${result.requests.total} requests, ${failed} errors, p99 ${result.latency.p99} ms`);
  process.exitCode = failed * 100 > result.requests.total || result.latency.p99 > 2000 ? 1 : 0;
});
