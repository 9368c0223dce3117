// The API server in front of the service: it passes requests on to the load balancer, and builds
// the reviews of a product page from two of them.
//
// Settings by environment: HOST, PORT; UPSTREAM (URL of the load balancer); UPSTREAM_CONNECTIONS (how
// many connections it opens to the load balancer); UPSTREAM_TIMEOUT (ms).
//
// UPSTREAM_CONNECTIONS=1 is the mistake that this example is about: requests wait for the one
// connection, the queue grows, and those that wait too long are answered with 504.
import http from 'node:http';
import express from 'express';

const env = process.env;
const port = Number(env.PORT ?? 3000);
const upstream = new URL(env.UPSTREAM ?? 'http://127.0.0.1:8080');
const timeout = Number(env.UPSTREAM_TIMEOUT ?? 1000);
const agent = new http.Agent({
  keepAlive: true,
  maxSockets: Number(env.UPSTREAM_CONNECTIONS ?? 64),
});

// sends a request to the load balancer: its status, type and body
const ask = (method, path, body) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = upstream;
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const request = http.request({ agent, hostname, port, method, path, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        clearTimeout(timer);
        resolve({
          status: answer.statusCode,
          type: answer.headers['content-type'],
          body: Buffer.concat(chunks),
        });
      });
    });
    // the wait for a free connection counts
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error('no answer in time'), { status: 504 }));
    }, timeout);
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(body);
  });

const app = express();
app.disable('x-powered-by');
app.disable('etag');

// what a product page shows: the first page of the list, and the metadata
app.get('/products/:id/reviews', async (request, response) => {
  const product = encodeURIComponent(request.params.id);
  const list = await ask('GET', `/reviews?product_id=${product}&count=5&sort=newest`);
  const meta = await ask('GET', `/reviews/meta?product_id=${product}`);
  if (list.status !== 200 || meta.status !== 200) {
    return response.status(list.status !== 200 ? list.status : meta.status).end();
  }
  response.json({ ...JSON.parse(meta.body), results: JSON.parse(list.body).results });
});

// everything else as it is
app.use(express.raw({ type: () => true }), async (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body : undefined;
  const answer = await ask(request.method, request.originalUrl, body);
  if (answer.type) response.type(answer.type);
  response.status(answer.status).send(answer.body);
});

app.use((error, request, response, next) => {
  response.status(error.status ?? 502).json({ error: error.message });
});

// express reports an error of the port here, such as that another program has it
app.listen(port, env.HOST ?? '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`front at http://127.0.0.1:${port}`);
});
