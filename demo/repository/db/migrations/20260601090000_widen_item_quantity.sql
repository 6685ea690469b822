-- migrate:up
ALTER TABLE order_items ALTER COLUMN quantity TYPE bigint;
CREATE INDEX order_items_created_at_idx ON order_items (created_at);

-- migrate:down
DROP INDEX order_items_created_at_idx;
ALTER TABLE order_items ALTER COLUMN quantity TYPE integer;
