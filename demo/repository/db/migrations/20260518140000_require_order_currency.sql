-- migrate:up
UPDATE orders SET currency = 'EUR' WHERE currency IS NULL;
ALTER TABLE orders ALTER COLUMN currency SET NOT NULL;

-- migrate:down
ALTER TABLE orders ALTER COLUMN currency DROP NOT NULL;
