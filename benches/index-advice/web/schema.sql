-- A multi-tenant shop with a help desk: about five million rows at factor 1, skewed as real ones are.
-- Only keys that constraints need: everything else is the advisor's to find.
-- Usage: psql -v factor=1 -f schema.sql
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SELECT setseed(0.42);

CREATE DOMAIN email AS text CHECK (value LIKE '%@%');
CREATE TYPE job_state AS ENUM ('done', 'queued', 'running', 'failed');

CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL, plan text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE users (
    id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, email email NOT NULL, name text NOT NULL,
    phone text, role text NOT NULL, settings jsonb NOT NULL, last_seen_at timestamptz, created_at timestamptz NOT NULL,
    deleted_at timestamptz) WITH (fillfactor = 90);
CREATE TABLE products (
    id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, sku text NOT NULL, name text NOT NULL,
    description text NOT NULL, tags text[] NOT NULL, attributes jsonb NOT NULL, price numeric(10,2) NOT NULL,
    archived boolean NOT NULL DEFAULT false,
    document tsvector GENERATED ALWAYS AS (to_tsvector('english', name || ' ' || description)) STORED);
CREATE TABLE orders (
    id bigint PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, user_id int NOT NULL REFERENCES users,
    code varchar(20) NOT NULL, status text NOT NULL, total numeric(12,2) NOT NULL, data jsonb NOT NULL,
    placed_at timestamp NOT NULL, updated_at timestamptz NOT NULL, deleted_at timestamptz) WITH (fillfactor = 90);
CREATE TABLE order_items (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE, line int NOT NULL, product_id int NOT NULL REFERENCES products,
    quantity int NOT NULL, price numeric(10,2) NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id int NOT NULL, user_id int, kind text NOT NULL,
    payload jsonb NOT NULL, at timestamptz NOT NULL);
CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, queue text NOT NULL, state job_state NOT NULL, priority int NOT NULL,
    run_at timestamptz NOT NULL, attempts int NOT NULL DEFAULT 0, payload jsonb NOT NULL);
CREATE TABLE tickets (
    id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, author_id int NOT NULL REFERENCES users,
    assignee_id int REFERENCES users, subject text NOT NULL, body text NOT NULL, state text NOT NULL,
    created_at timestamptz NOT NULL);
CREATE TABLE comments (
    id bigint PRIMARY KEY, ticket_id int NOT NULL REFERENCES tickets, author_id int NOT NULL REFERENCES users,
    body text NOT NULL, created_at timestamptz NOT NULL);

CREATE FUNCTION pg_temp.words(n int, seed bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg((ARRAY['alpha','invoice','printer','refund','delivery','account','broken','network','update','summer',
        'winter','blue','steel','garden','kitchen','travel','mobile','battery','screen','cable','paper','coffee','music',
        'camera','window','engine','wheel','light','winterjacket','snowboard'])[1 + (hashint8(seed * 31 + k) & 1023) % 30]
        || CASE WHEN (hashint8(seed * 17 + k) & 15) = 0 THEN substr(md5((seed % 5000)::text), 1, 5) ELSE '' END, ' ')
    FROM generate_series(1, n) k $$;
-- Few tenants and users own much, most own little: the square of a random number.
INSERT INTO tenants SELECT i, 'Tenant ' || i, CASE WHEN i % 20 = 0 THEN 'enterprise' ELSE 'standard' END,
    timestamptz '2020-01-01' + i * interval '6 hours' FROM generate_series(1, 2000) i;
INSERT INTO users SELECT i, 1 + floor(random()^2 * 2000),
    CASE i % 3 WHEN 0 THEN initcap(substr(md5(i::text), 1, 8)) ELSE substr(md5(i::text), 1, 8) END || i || '@Mail' || i % 40 || '.example',
    initcap(substr(md5((i % 60000)::text), 1, 7)) || ' ' || (ARRAY['Smith','Miller','Garcia','Novak','Rossi'])[1 + i % 5],
    CASE WHEN i % 4 = 0 THEN '+49' || 1000000 + i END, CASE WHEN i % 200 = 0 THEN 'admin' ELSE 'member' END,
    jsonb_build_object('locale', (ARRAY['en','de','fr'])[1 + i % 3], 'theme', i % 2, 'ref', substr(md5((i * 7)::text), 1, 10)),
    timestamptz '2024-06-01' - random() * interval '300 days', timestamptz '2022-01-01' + i * interval '5 minutes',
    CASE WHEN i % 25 = 0 THEN timestamptz '2024-03-01' END
FROM generate_series(1, (200000 * :factor)::int) i;
INSERT INTO products SELECT i, 1 + floor(random()^2 * 2000), 'SKU-' || upper(substr(md5(i::text), 1, 6)) || '-' || i,
    pg_temp.words(3, i), pg_temp.words(25, i),
    ARRAY['t' || i % 500, 'g' || i % 37, (ARRAY['new','sale','classic'])[1 + i % 3]],
    jsonb_build_object('color', (ARRAY['red','green','blue','black'])[1 + i % 4], 'weight', i % 900, 'maker', 'm' || i % 3000,
        'dimensions', jsonb_build_object('w', i % 120, 'h', i % 75)),
    (random() * 500)::numeric(10,2), i % 50 = 0
FROM generate_series(1, (100000 * :factor)::int) i;
INSERT INTO orders SELECT i, u.tenant_id, u.id, 'O' || lpad(((i * 7919::bigint) % 100000000)::text, 9, '0'),
    CASE WHEN i % 1000 = 0 THEN 'disputed' WHEN i % 50 = 0 THEN 'open' WHEN i % 33 = 0 THEN 'cancelled' ELSE 'completed' END,
    (random() * 900)::numeric(12,2),
    jsonb_build_object('channel', (ARRAY['web','app','phone'])[1 + i % 3], 'coupon', CASE WHEN i % 40 = 0 THEN 'C' || i % 900 END,
        'tracking', substr(md5((i * 3)::text), 1, 12)),
    timestamp '2022-01-01' + i * (interval '880 days' / (1000000 * :factor)), timestamptz '2022-01-02' + i * (interval '880 days' / (1000000 * :factor)),
    CASE WHEN i % 60 = 0 THEN timestamptz '2024-05-01' END
FROM (SELECT g AS i, 1 + floor(random()^2 * 200000 * :factor * 0.99)::int AS user_id FROM generate_series(1, (1000000 * :factor)::int) g) o
JOIN users u ON u.id = o.user_id;
INSERT INTO order_items SELECT o.id, line, 1 + floor(random()^2 * 100000 * :factor * 0.99), 1 + line, (random() * 90)::numeric(10,2)
FROM orders o CROSS JOIN generate_series(1, 2) line;
INSERT INTO events (tenant_id, user_id, kind, payload, at) SELECT 1 + floor(random()^2 * 2000), 1 + floor(random() * 200000 * :factor * 0.99),
    CASE WHEN i % 5000 = 0 THEN 'payment_failed' WHEN i % 7 = 0 THEN 'login' ELSE 'page_view' END,
    jsonb_build_object('path', '/p/' || i % 4000, 'ip', '10.0.' || i % 250 || '.' || i % 199, 'request', substr(md5(i::text), 1, 16)),
    timestamptz '2023-01-01' + i * (interval '515 days' / (1200000 * :factor))
FROM generate_series(1, (1200000 * :factor)::int) i;
INSERT INTO jobs (queue, state, priority, run_at, payload) SELECT (ARRAY['mail','export','billing','index'])[1 + i % 4],
    (CASE WHEN i % 400 = 0 THEN 'queued' WHEN i % 3001 = 0 THEN 'running' WHEN i % 150 = 0 THEN 'failed' ELSE 'done' END)::job_state, i % 5,
    timestamptz '2024-05-30' + i * (interval '2 days' / (300000 * :factor)), jsonb_build_object('n', i)
FROM generate_series(1, (300000 * :factor)::int) i;
INSERT INTO tickets SELECT i, u.tenant_id, u.id, CASE WHEN i % 10 <> 0 THEN 1 + (i * 31) % (2000 * :factor)::int END,
    pg_temp.words(4, i), pg_temp.words(40, i + 7), CASE WHEN i % 30 = 0 THEN 'open' WHEN i % 100 = 1 THEN 'waiting' ELSE 'closed' END,
    timestamptz '2023-01-01' + i * (interval '500 days' / (100000 * :factor))
FROM (SELECT g AS i, 1 + floor(random()^2 * 200000 * :factor * 0.99)::int AS user_id FROM generate_series(1, (100000 * :factor)::int) g) t
JOIN users u ON u.id = t.user_id;
INSERT INTO comments SELECT i, 1 + i % (100000 * :factor)::int, 1 + floor(random() * 200000 * :factor * 0.99), pg_temp.words(12, i),
    timestamptz '2023-01-02' + i * (interval '500 days' / (300000 * :factor))
FROM generate_series(1, (300000 * :factor)::int) i;

CREATE VIEW live_orders AS SELECT o.id, o.tenant_id, o.user_id, o.code, o.status, o.total, o.placed_at, u.name AS customer
    FROM orders o JOIN users u ON u.id = o.user_id WHERE o.deleted_at IS NULL;
VACUUM (ANALYZE);
