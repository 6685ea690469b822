-- One fault of each kind; the names say which.
CREATE EXTENSION pg_stat_statements;
CREATE SCHEMA shop;

CREATE TABLE shop.customers (id bigint PRIMARY KEY, email text NOT NULL, vip boolean, code char(8), balance money);
INSERT INTO shop.customers SELECT i, i || '@example.org', false, 'c', 1 FROM generate_series(1, 2000) i;
CREATE INDEX customers_email ON shop.customers (email);
CREATE INDEX customers_email_again ON shop.customers (email);
CREATE INDEX customers_email_vip ON shop.customers (lower(email), vip);
CREATE INDEX customers_lower_email ON shop.customers (lower(email));

CREATE TABLE shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number int GENERATED ALWAYS AS IDENTITY,
    customer_id int,
    status text NOT NULL,
    channel int,
    cancelled_at timestamptz);
INSERT INTO shop.orders (customer_id, status, channel) SELECT i % 2000 + 1, 'open', i % 3 FROM generate_series(1, 30000) i;
CREATE INDEX orders_status ON shop.orders (status);
CREATE INDEX orders_number ON shop.orders (number, status);
CREATE INDEX orders_channel ON shop.orders (channel);
CREATE INDEX orders_cancelled ON shop.orders (cancelled_at);
ALTER TABLE shop.orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES shop.customers NOT VALID;
ALTER TABLE shop.orders ADD CONSTRAINT orders_customer_again FOREIGN KEY (customer_id) REFERENCES shop.customers;
SELECT setval('shop.orders_number_seq', 2000000000);

-- A bigint sequence behind an integer column.
CREATE SEQUENCE shop.events_id_seq;
CREATE TABLE shop.events (id int DEFAULT nextval('shop.events_id_seq'), payload json);
SELECT setval('shop.events_id_seq', 2100000000);
INSERT INTO shop.events (id) SELECT i FROM generate_series(1, 20000) i;

CREATE TABLE shop.tiny (id smallserial PRIMARY KEY);
SELECT setval('shop.tiny_id_seq', 30000);

CREATE TABLE shop.stale (id int PRIMARY KEY, v int);
INSERT INTO shop.stale SELECT i, 1 FROM generate_series(1, 20000) i;

CREATE TABLE shop.dead (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = false);
INSERT INTO shop.dead SELECT i, 1 FROM generate_series(1, 40000) i;

-- Most rows go, the last ones stay: the file cannot shrink.
CREATE TABLE shop.archive (id int PRIMARY KEY, v text) WITH (autovacuum_enabled = false);
INSERT INTO shop.archive SELECT i, repeat('x', 100) FROM generate_series(1, 50000) i;
DELETE FROM shop.archive WHERE id <= 45000;

CREATE UNLOGGED TABLE shop.cache (id int PRIMARY KEY);
INSERT INTO shop.cache SELECT generate_series(1, 100);

CREATE TABLE shop.measures (day date NOT NULL, v int) PARTITION BY RANGE (day);
CREATE TABLE shop.measures_rest PARTITION OF shop.measures DEFAULT;
INSERT INTO shop.measures SELECT DATE '2026-01-01' + i % 300, i FROM generate_series(1, 200) i;

CREATE TABLE shop.settings (id int PRIMARY KEY);
CREATE TABLE shop.hot (id int PRIMARY KEY);

CREATE FUNCTION shop.tenant() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION shop.admin() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'SELECT';
CREATE TABLE shop.documents (id bigint PRIMARY KEY, tenant_id bigint NOT NULL);
INSERT INTO shop.documents SELECT i, i FROM generate_series(1, 15000) i;
CREATE POLICY own_rows ON shop.documents USING (tenant_id = shop.tenant());
ALTER TABLE shop.documents ENABLE ROW LEVEL SECURITY;
CREATE TABLE shop.letters (id bigint PRIMARY KEY);
CREATE POLICY everything ON shop.letters USING (true);
CREATE TABLE shop.vault (id bigint PRIMARY KEY);
ALTER TABLE shop.vault ENABLE ROW LEVEL SECURITY;
GRANT CREATE ON SCHEMA shop TO PUBLIC;

ANALYZE shop.customers;
ANALYZE shop.orders;
ANALYZE shop.stale;
ANALYZE shop.dead;
ANALYZE shop.documents;
ANALYZE shop.cache;
ANALYZE shop.measures_rest;
UPDATE shop.stale SET v = 2 WHERE id <= 15000;
DELETE FROM shop.dead WHERE id <= 30000;
SET enable_seqscan = off;
SELECT count(*) FROM shop.customers WHERE lower(email) = '7@example.org';
SELECT count(*) FROM shop.customers WHERE lower(email) = '7@example.org' AND vip;
SELECT count(*) FROM shop.orders WHERE channel = 1;
SELECT count(*) FROM shop.orders WHERE cancelled_at > now();
RESET enable_seqscan;
SELECT count(*) FROM shop.orders;
SELECT count(*) FROM shop.orders WHERE status = 'gone';
SELECT max(customer_id) FROM shop.orders;
SELECT count(*) FROM shop.customers;
SELECT count(*) FROM shop.orders WHERE customer_id > 5;
