-- What an administrator does once: extensions, and a role for the application.
CREATE EXTENSION pg_stat_statements;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') THEN
        CREATE EXTENSION hypopg;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_app') THEN
        CREATE ROLE shop_app LOGIN;
    END IF;
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER ROLE shop_app SET shop.tenant = '1';
ALTER ROLE shop_app SET statement_timeout = '60s';
