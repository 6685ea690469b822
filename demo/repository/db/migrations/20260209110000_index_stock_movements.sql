-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY stock_movements_product_id_idx ON stock_movements (product_id, moved_at);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS stock_movements_product_id_idx;
