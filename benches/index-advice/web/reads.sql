-- sign-in by address, any case
SELECT id, name, role FROM users WHERE lower(email) = lower('F899139D100@mail20.example') AND deleted_at IS NULL;
SELECT id, email FROM users WHERE tenant_id = 17 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 50;
SELECT id, email FROM users WHERE tenant_id = 3 AND role = 'admin';
SELECT id, name FROM users WHERE name LIKE 'C4ca%' ORDER BY name LIMIT 20;
SELECT id, name FROM users WHERE name ILIKE '%f7177%' LIMIT 20;
SELECT id FROM users WHERE phone = '+491004444';
SELECT id FROM users WHERE settings->>'ref' = '8f14e45fce';
SELECT count(*) FROM users WHERE tenant_id = 9 AND last_seen_at > '2024-05-01';
-- catalogue
SELECT id, name FROM products WHERE document @@ plainto_tsquery('english', 'snowboard battery garden engine steel music winter cable') LIMIT 20;
SELECT id, name, ts_rank(document, q) AS rank FROM products, to_tsquery('english', 'winterjacket & camera & refund & wheel & snowboard & music & steel') q WHERE document @@ q ORDER BY rank DESC LIMIT 10;
SELECT id, name FROM products WHERE tags @> ARRAY['t77', 'sale'];
SELECT count(*) FROM products WHERE tags && ARRAY['t13', 't14'];
SELECT id, price FROM products WHERE attributes @> '{"maker": "m1234", "color": "blue"}';
SELECT id FROM products WHERE attributes @> '{"dimensions": {"w": 10, "h": 55}}';
SELECT id, name FROM products WHERE sku = 'SKU-C4CA42-1';
SELECT id, sku FROM products WHERE sku LIKE 'SKU-A87FF6%';
SELECT id, name, price FROM products WHERE tenant_id = 12 AND NOT archived ORDER BY price LIMIT 24;
SELECT id, name FROM products WHERE tenant_id = 5 AND archived;
-- orders
SELECT id, status, total FROM orders WHERE tenant_id = 11 AND deleted_at IS NULL ORDER BY placed_at DESC LIMIT 25;
SELECT id, total FROM orders WHERE user_id = 4321 ORDER BY placed_at DESC;
SELECT id, status FROM orders WHERE code = 'O000007919';
SELECT id, user_id, total FROM orders WHERE status = 'disputed' ORDER BY updated_at LIMIT 50;
SELECT count(*) FROM orders WHERE placed_at::date = '2023-03-07';
SELECT date_trunc('hour', placed_at) AS hour, sum(total) FROM orders WHERE placed_at >= '2024-04-02' AND placed_at < '2024-04-03' GROUP BY 1;
SELECT id FROM orders WHERE data->>'tracking' = 'eccbc87e4b5c';
SELECT count(*) FROM orders WHERE data @> '{"coupon": "C280"}';
SELECT id, total FROM orders WHERE tenant_id = 2 AND (placed_at, id) < ('2023-06-01', 500000) ORDER BY placed_at DESC, id DESC LIMIT 25;
SELECT id, code FROM orders WHERE user_id = 1234 OR code = 'O000015838';
SELECT o.id, o.total, u.name FROM orders o JOIN users u ON u.id = o.user_id WHERE o.tenant_id = 40 AND o.status = 'open' ORDER BY o.placed_at LIMIT 20;
SELECT id, customer, total FROM live_orders WHERE tenant_id = 77 AND status = 'cancelled' ORDER BY placed_at DESC LIMIT 10;
SELECT u.id, last.total FROM users u CROSS JOIN LATERAL (SELECT o.total FROM orders o WHERE o.user_id = u.id ORDER BY o.placed_at DESC LIMIT 1) last WHERE u.tenant_id = 1500 AND u.deleted_at IS NULL;
SELECT DISTINCT ON (user_id) user_id, id, placed_at FROM orders WHERE tenant_id = 600 ORDER BY user_id, placed_at DESC;
SELECT sum(total) FROM orders WHERE tenant_id = 8 AND placed_at >= '2024-01-01' AND placed_at < '2024-02-01';
SELECT p.id, sum(i.quantity) AS sold FROM order_items i JOIN products p ON p.id = i.product_id WHERE p.tenant_id = 1900 GROUP BY p.id ORDER BY sold DESC LIMIT 10;
SELECT o.id FROM orders o WHERE o.tenant_id = 300 AND EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND i.product_id = 7);
SELECT order_id, quantity FROM order_items WHERE product_id = 19001;
-- events
SELECT id, kind, payload FROM events WHERE tenant_id = 21 ORDER BY at DESC LIMIT 100;
SELECT kind, count(*) FROM events WHERE at >= '2024-01-10' AND at < '2024-01-11' GROUP BY kind;
SELECT id, payload FROM events WHERE kind = 'payment_failed' AND at > '2024-03-01';
SELECT id FROM events WHERE payload->>'request' = 'c4ca4238a0b92382';
SELECT max(at) FROM events WHERE user_id = 4242;
SELECT count(*) FROM events WHERE payload @> '{"path": "/p/777", "ip": "10.0.27.180"}';
-- queue
SELECT id FROM jobs WHERE state = 'queued' AND queue = 'mail' ORDER BY priority DESC, run_at LIMIT 10;
SELECT count(*) FROM jobs WHERE state = 'running';
SELECT id, queue FROM jobs WHERE state = 'failed' AND attempts < 5 AND run_at < now() ORDER BY run_at LIMIT 20;
-- help desk
SELECT id, subject FROM tickets WHERE tenant_id = 30 AND state = 'open' ORDER BY created_at;
SELECT id, subject FROM tickets WHERE assignee_id IS NULL AND state = 'open' ORDER BY created_at LIMIT 20;
SELECT id FROM tickets WHERE to_tsvector('english', subject || ' ' || body) @@ to_tsquery('english', 'snowboard & winterjacket & battery & wheel & music & cable');
SELECT id, subject FROM tickets WHERE body ILIKE '%snowboard3c59d%' LIMIT 10;
SELECT c.id, c.body, u.name FROM comments c JOIN users u ON u.id = c.author_id WHERE c.ticket_id = 555 ORDER BY c.created_at;
WITH mine AS (SELECT id FROM tickets WHERE author_id = 77) SELECT t.id, count(c.id) FROM mine t LEFT JOIN comments c ON c.ticket_id = t.id GROUP BY t.id;
SELECT t.id, (SELECT max(c.created_at) FROM comments c WHERE c.ticket_id = t.id) FROM tickets t WHERE t.tenant_id = 1200;
