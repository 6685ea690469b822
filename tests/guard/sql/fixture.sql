-- The world in which attacks and ordinary statements are tried. {role} is the least-privilege role.
CREATE EXTENSION dblink;
CREATE EXTENSION adminpack;
CREATE EXTENSION file_fdw;
CREATE EXTENSION pg_surgery;
CREATE EXTENSION pgstattuple;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION tablefunc;
CREATE EXTENSION xml2;
CREATE EXTENSION pg_prewarm;
CREATE EXTENSION pageinspect;
CREATE EXTENSION pg_buffercache;
CREATE EXTENSION pg_visibility;
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE EXTENSION ltree;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION "uuid-ossp";
CREATE EXTENSION unaccent;
CREATE EXTENSION fuzzystrmatch;
CREATE EXTENSION btree_gist;

CREATE SCHEMA app;
CREATE TYPE app.status AS ENUM ('new', 'paid', 'sent');
CREATE DOMAIN app.email AS text CHECK (VALUE ~ '@');
CREATE TABLE app.customers (
    id int PRIMARY KEY, name text NOT NULL, email app.email, country text, parent_id int, tags text[], profile jsonb,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE app.orders (
    id int PRIMARY KEY, customer_id int REFERENCES app.customers, status app.status NOT NULL, total numeric NOT NULL,
    created_at timestamptz NOT NULL, note text);
CREATE TABLE app.places (id int, path ltree, attributes hstore, title citext);
CREATE TABLE app.counter (n int NOT NULL);
CREATE SEQUENCE app.ticket;
INSERT INTO app.customers SELECT i, 'customer ' || i, 'c' || i || '@example.org', (ARRAY['DE', 'FR', 'IT'])[1 + i % 3], nullif(i / 10, 0),
    ARRAY['t' || i % 5], jsonb_build_object('age', i % 80, 'tags', jsonb_build_array('a', 'b')), now() - i * interval '1 hour' FROM generate_series(1, 200) i;
INSERT INTO app.orders SELECT i, 1 + i % 200, (ARRAY['new', 'paid', 'sent'])[1 + i % 3]::app.status, i * 1.5, now() - i * interval '10 minutes', 'note ' || i
    FROM generate_series(1, 2000) i;
INSERT INTO app.places VALUES (1, 'eu.de.berlin', 'kind=>city', 'Berlin'), (2, 'eu.fr.paris', 'kind=>city', 'Paris');
INSERT INTO app.counter VALUES (0);
SELECT lo_from_bytea(424242, 'large'), nextval('app.ticket');
CREATE VIEW app.paid AS SELECT o.id, c.name, o.total FROM app.orders o JOIN app.customers c ON c.id = o.customer_id WHERE o.status = 'paid';
CREATE MATERIALIZED VIEW app.daily AS SELECT created_at::date AS day, sum(total) AS total FROM app.orders GROUP BY 1;
CREATE INDEX ON app.customers (lower(name));
CREATE INDEX brin ON app.orders USING brin (created_at) WITH (pages_per_range = 1);
INSERT INTO app.orders SELECT i, 1, 'new', 1, now(), repeat('x', 500) FROM generate_series(10001, 10200) i;

-- Ordinary functions: what they do, their text shows.
CREATE FUNCTION app.with_tax(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT round(amount * 1.19, 2)';
CREATE FUNCTION app.full_name(c app.customers) RETURNS text LANGUAGE sql STABLE AS $$ SELECT c.name || ' <' || c.email || '>' $$;
CREATE FUNCTION app.tenant() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN coalesce(nullif(current_setting('app.tenant', true), ''), '1')::int; END $$;
CREATE FUNCTION app.grade(total numeric) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN IF total > 1000 THEN RETURN 'gold'; ELSIF total > 100 THEN RETURN 'silver'; END IF; RETURN 'none'; END $$;
CREATE TABLE app.tenanted (tenant_id int, body text);
INSERT INTO app.tenanted VALUES (1, 'mine'), (2, 'theirs');
ALTER TABLE app.tenanted ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants ON app.tenanted USING (tenant_id = app.tenant());

-- Traps: harm behind every kind of name. The superuser's rights reach further than a reader's, so each writes in two ways.
CREATE FUNCTION app.bump() RETURNS int LANGUAGE sql AS 'UPDATE app.counter SET n = n + 1 RETURNING n';
CREATE FUNCTION app.leak(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM pg_catalog.pg_stat_reset_shared('bgwriter'); PERFORM pg_catalog.lo_create(0); RETURN true; EXCEPTION WHEN insufficient_privilege THEN PERFORM pg_catalog.pg_advisory_lock(777); RETURN true; END $$;
CREATE FUNCTION public.leaked(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT app.leak($1)';
CREATE FUNCTION app.hidden(q text) RETURNS text LANGUAGE plpgsql STABLE AS $$ DECLARE r text; BEGIN EXECUTE q INTO r; RETURN r; END $$;
CREATE FUNCTION app.definer() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 FROM dblink('host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' user=postgres dbname=' || current_database(), 'UPDATE app.counter SET n = n + 1 RETURNING n') AS t(n int) $$;
CREATE FUNCTION app.quiet(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN app.leak(''x'') THEN $1 ELSE 0 END';
CREATE FUNCTION app.eq(int, text) RETURNS boolean LANGUAGE sql AS 'SELECT app.leak($2)';
CREATE OPERATOR app.=== (LEFTARG = int, RIGHTARG = text, FUNCTION = app.eq);
CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = text, FUNCTION = app.eq);
CREATE FUNCTION app.gather(int, int) RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN app.leak(''x'') THEN $1 + $2 ELSE 0 END';
CREATE AGGREGATE app.summed (int) (SFUNC = app.gather, STYPE = int, INITCOND = '0');
CREATE DOMAIN app.checked AS text CHECK (app.leak(VALUE));
CREATE TYPE app.pair AS (a int, b int);
CREATE FUNCTION app.to_text(app.pair) RETURNS text LANGUAGE sql AS 'SELECT CASE WHEN app.leak(''x'') THEN ''p'' END';
CREATE CAST (app.pair AS text) WITH FUNCTION app.to_text(app.pair) AS IMPLICIT;
CREATE VIEW app.bumping AS SELECT app.leak('x') AS a;
CREATE VIEW app.around AS SELECT * FROM app.bumping;
CREATE VIEW app.hashes AS SELECT rolname, rolpassword FROM pg_authid;
CREATE VIEW app.sleeping AS SELECT pg_sleep(600)::text AS waited;
CREATE TABLE app.guarded (id int, body text);
INSERT INTO app.guarded VALUES (1, 'x');
ALTER TABLE app.guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY trap ON app.guarded USING (app.leak(body));
CREATE TABLE app.folded (id int, body text);
CREATE INDEX ON app.folded (id) WHERE app.leak('constant');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE app.spawning (line text) SERVER files OPTIONS (program 'touch {folder}/spawned; echo x');
CREATE TABLE app.parts (line text) PARTITION BY LIST (line);
CREATE FOREIGN TABLE app.parts_x PARTITION OF app.parts FOR VALUES IN ('x') SERVER files OPTIONS (program 'touch {folder}/spawned; echo x');

CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT pg_read_all_stats, pg_read_all_settings, pg_stat_scan_tables TO {role};
GRANT USAGE ON SCHEMA app TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA app TO {role};
GRANT SELECT ON app.ticket, public.pg_buffercache TO {role};
GRANT EXECUTE ON FUNCTION public.pg_buffercache_pages TO {role};
ANALYZE;
