INSERT INTO orders SELECT (SELECT max(id) FROM orders) + i, 1 + i % 2000, 1 + i % 9000, 'N' || i, 'open', i % 900, '{"channel": "web", "tracking": "none"}', timestamp '2024-06-01' + i * interval '1 second', now(), NULL FROM generate_series(1, 2000) i;
INSERT INTO order_items SELECT o.id, 9, 1 + o.id % 9000, 1, 5 FROM orders o WHERE o.id <= 4000;
INSERT INTO events (tenant_id, user_id, kind, payload, at) SELECT 1 + i % 2000, 1 + i % 9000, 'page_view', jsonb_build_object('path', '/p/' || i, 'ip', '10.0.0.1', 'request', md5(i::text)), now() FROM generate_series(1, 4000) i;
UPDATE users SET last_seen_at = now() WHERE id BETWEEN 1000 AND 4000;
UPDATE orders SET status = 'completed', updated_at = now() WHERE id BETWEEN 1000 AND 3000;
UPDATE products SET price = price + 1 WHERE id BETWEEN 1000 AND 3000;
UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id BETWEEN 5000 AND 7000;
INSERT INTO jobs (queue, state, priority, run_at, payload) SELECT 'mail', 'queued', i % 5, now(), '{}' FROM generate_series(1, 2000) i;
