-- migrate:up
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN IF NOT EXISTS channel text;

-- migrate:down
SET LOCAL lock_timeout = '2s';
ALTER TABLE orders DROP COLUMN IF EXISTS channel;
