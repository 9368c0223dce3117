// The reviews API: lists, metadata, new reviews, helpful and report. Its reads are queries/*.sql,
// as prepared statements on a pool of connections.
//
// Settings by environment: HOST, PORT; DB_CONNECTIONS; DB_SOCKET or DB_HOST and DB_PORT; DB_USER,
// DB_PASSWORD, DB_NAME; QUERIES (the folder of the queries).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
import mysql from 'mysql2/promise';

const env = process.env;
const port = Number(env.PORT ?? 3001);
const queries = env.QUERIES ?? join(import.meta.dirname, '../../queries');
const query = (name) => readFileSync(join(queries, `${name}.sql`), 'utf8');

const LISTS = {
  newest: query('list-newest'),
  helpful: query('list-helpful'),
  relevant: query('list-relevant'),
};
const PHOTOS = query('list-photos');
const META = ['ratings', 'recommended', 'characteristics'].map((name) => query(`meta-${name}`));
const PAGE = 5; // reviews on a page, as the queries have it

const place = env.DB_SOCKET
  ? { socketPath: env.DB_SOCKET }
  : { host: env.DB_HOST ?? '127.0.0.1', port: Number(env.DB_PORT ?? 3306) };
const pool = mysql.createPool({
  ...place,
  user: env.DB_USER ?? 'root',
  password: env.DB_PASSWORD,
  database: env.DB_NAME ?? 'reviews',
  connectionLimit: Number(env.DB_CONNECTIONS ?? 10),
  timezone: 'Z',
});
const rows = async (sql, values) => (await pool.execute(sql, values))[0];

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use(express.json());

// a positive whole number, or the answer is 422
const number = (value, name, least = 1) => {
  const found = Number(value);
  if (Number.isInteger(found) && found >= least && found < 2 ** 32) return found;
  throw Object.assign(new Error(`${name} must be a whole number from ${least}`), { status: 422 });
};

const list = async (product, sort, skip) => {
  const reviews = await rows(LISTS[sort], [product, String(skip)]);
  if (reviews.length === 0) return [];
  const ids = reviews.map((review) => review.id);
  while (ids.length < PAGE) ids.push(ids.at(-1));
  const photos = await rows(PHOTOS, ids);
  const of = (review) => photos.filter((photo) => photo.review_id === review.id);
  return reviews.map((review) => ({
    ...review,
    recommend: review.recommend === 1,
    photos: of(review).map(({ id, url }) => ({ id, url })),
  }));
};

app.get('/reviews', async (request, response) => {
  const product = number(request.query.product_id, 'product_id');
  const page = number(request.query.page ?? 1, 'page');
  const count = number(request.query.count ?? PAGE, 'count');
  const sort = request.query.sort ?? 'relevant';
  if (!Object.hasOwn(LISTS, sort)) {
    return response.status(422).json({ error: 'sort must be newest, helpful or relevant' });
  }
  const results = [];
  for (let skip = (page - 1) * count; results.length < count; skip += PAGE) {
    const next = await list(product, sort, skip);
    results.push(...next);
    if (next.length < PAGE) break;
  }
  response.json({ product, page, count, results: results.slice(0, count) });
});

app.get('/reviews/meta', async (request, response) => {
  const product = number(request.query.product_id, 'product_id');
  const [ratings, recommended, characteristics] = await Promise.all(
    META.map((sql) => rows(sql, [product])),
  );
  response.json({
    product,
    ratings: Object.fromEntries(ratings.map((row) => [row.rating, row.reviews])),
    recommended: Number(recommended[0].recommended ?? 0),
    reviews: recommended[0].reviews,
    characteristics: Object.fromEntries(
      characteristics.map(({ name, id, average }) => [name, { id, value: Number(average) }]),
    ),
  });
});

app.post('/reviews', async (request, response) => {
  const it = request.body ?? {};
  const product = number(it.product_id, 'product_id');
  const rating = number(it.rating, 'rating');
  if (rating > 5 || typeof it.body !== 'string' || typeof it.name !== 'string') {
    return response.status(422).json({ error: 'rating (1 to 5), body and name are needed' });
  }
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const [review] = await connection.execute(
      'INSERT INTO reviews (product_id, rating, `date`, summary, body, recommend, reported, reviewer_name, reviewer_email, helpfulness) VALUES (?, ?, UTC_TIMESTAMP(3), ?, ?, ?, 0, ?, ?, 0)',
      [product, rating, it.summary ?? '', it.body, it.recommend ? 1 : 0, it.name, it.email ?? ''],
    );
    for (const url of it.photos ?? []) {
      await connection.execute('INSERT INTO reviews_photos (review_id, url) VALUES (?, ?)', [
        review.insertId,
        url,
      ]);
    }
    for (const [id, value] of Object.entries(it.characteristics ?? {})) {
      await connection.execute(
        'INSERT INTO characteristic_reviews (characteristic_id, review_id, value) VALUES (?, ?, ?)',
        [number(id, 'characteristic'), review.insertId, number(value, 'value')],
      );
    }
    await connection.commit();
    response.status(201).json({ id: review.insertId });
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
});

const changed = (sql) => async (request, response) => {
  const { affectedRows } = await rows(sql, [number(request.params.id, 'id')]);
  response.status(affectedRows === 1 ? 204 : 404).end();
};
app.put(
  '/reviews/:id/helpful',
  changed('UPDATE reviews SET helpfulness = helpfulness + 1 WHERE id = ?'),
);
app.put('/reviews/:id/report', changed('UPDATE reviews SET reported = 1 WHERE id = ?'));

app.use((error, request, response, next) => {
  const status = error.status ?? 500;
  if (status === 500) console.error(`${request.method} ${request.originalUrl}: ${error.message || error.code}`);
  response.status(status).json({ error: error.message });
});

// express reports an error of the port here, such as that another program has it
app.listen(port, env.HOST ?? '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`reviews API at http://127.0.0.1:${port}`);
});
