-- migrate:up
UPDATE orders SET currency = coalesce(currency, 'EUR');
ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;

-- migrate:down
ALTER TABLE orders ALTER COLUMN currency DROP NOT NULL;
