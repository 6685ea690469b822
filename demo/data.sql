-- About 1.1 million rows. Two tenants own most of the shop; everything else is skewed with them.
SELECT setseed(0.42);

CREATE FUNCTION pg_temp.pick_tenant() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN r < 0.42 THEN 1 WHEN r < 0.60 THEN 2 WHEN r < 0.68 THEN 3
                ELSE 4 + floor(((r - 0.68) / 0.32) ^ 2 * 197)::bigint END
    FROM (SELECT random() AS r) AS dice
$$;

INSERT INTO tenants (name, plan, created_at)
SELECT 'Shop ' || n, CASE WHEN n <= 3 THEN 'enterprise' WHEN n % 9 = 0 THEN 'pro' ELSE 'basic' END,
       now() - make_interval(days => 900 - n * 4)
FROM generate_series(1, 200) AS n;

-- A city lies in one country: the two columns say nearly the same.
INSERT INTO users (tenant_id, email, name, country, city, last_login_at, created_at)
SELECT pg_temp.pick_tenant(),
       'User.' || n || '@' || (ARRAY['Example.com', 'example.org', 'Mail.example'])[1 + n % 3],
       'User ' || n,
       (ARRAY['DE', 'NL', 'FR', 'ES', 'PL', 'IT', 'SE', 'PT', 'AT', 'BE', 'CH', 'CZ',
              'DK', 'EE', 'FI', 'GR', 'HR', 'HU', 'IE', 'LT', 'LV', 'NO', 'RO', 'SK'])[place / 5 + 1],
       'city-' || place,
       CASE WHEN n % 5 > 0 THEN now() - make_interval(hours => (random() * 2000)::int) END,
       now() - make_interval(mins => 800000 - n * 13)
FROM (SELECT n, floor(random() * 120)::int AS place FROM generate_series(1, 60000) AS n) AS dice;

INSERT INTO categories (parent_id, name)
SELECT CASE WHEN n > 20 THEN 1 + n % 20 END, 'Category ' || n FROM generate_series(1, 400) AS n;

INSERT INTO products (tenant_id, category_id, sku, name, price_cents, active, created_at)
SELECT pg_temp.pick_tenant(), 1 + floor(random() * 400), 'SKU-' || lpad(n::text, 6, '0'),
       (ARRAY['Lamp', 'Chair', 'Desk', 'Cup', 'Shelf', 'Rug'])[1 + n % 6] || ' ' || md5(n::text),
       100 + floor(random() ^ 3 * 50000), n % 20 > 0, now() - make_interval(mins => 700000 - n * 30)
FROM generate_series(1, 20000) AS n;

INSERT INTO inventory (product_id, warehouse, on_hand, counted_at)
SELECT n, 'central', floor(random() * 500), now() - interval '2 days' FROM generate_series(1, 20000) AS n;

INSERT INTO coupons (tenant_id, code, percent_off, valid_until)
SELECT 1 + n % 200, 'SAVE' || (n % 1950), 5 + n % 30, now() + make_interval(days => n % 90)
FROM generate_series(1, 2000) AS n;
-- Somebody pressed the button twice.
INSERT INTO coupons (tenant_id, code, percent_off, valid_until)
SELECT tenant_id, code, percent_off, valid_until FROM coupons WHERE id % 400 = 0;

INSERT INTO orders (tenant_id, user_id, coupon_id, order_number, status, currency, total_cents, channel,
                    shipping_address, created_at, updated_at)
SELECT pg_temp.pick_tenant(), 1 + floor(random() ^ 2 * 60000), CASE WHEN n % 25 = 0 THEN 1 + n % 2000 END,
       100000 + n,
       CASE WHEN r < 0.88 THEN 'completed' WHEN r < 0.94 THEN 'shipped' WHEN r < 0.97 THEN 'pending'
            WHEN r < 0.995 THEN 'cancelled' ELSE 'failed' END,
       CASE WHEN n % 7 > 0 THEN 'EUR' END, 500 + floor(random() ^ 3 * 90000),
       (ARRAY['web', 'web', 'web', 'app', 'phone'])[1 + n % 5],
       'Street ' || md5(n::text) || ' ' || n % 300, moment, moment + interval '1 hour'
FROM (SELECT n, random() AS r, now() - make_interval(secs => (150000 - n) * 210) AS moment
      FROM generate_series(1, 150000) AS n) AS dice;

INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents, created_at)
SELECT n, 1 + floor(random() ^ 2 * 20000), 1 + floor(random() ^ 3 * 6), 100 + floor(random() ^ 3 * 50000),
       now() - make_interval(secs => (150000 - n) * 210)
FROM generate_series(1, 150000) AS n, LATERAL generate_series(1, 1 + (n * 7 % 10) / 3) AS line;

INSERT INTO payments (order_id, provider, provider_ref, state, amount_cents, created_at)
SELECT n, (ARRAY['card', 'card', 'paypal', 'invoice'])[1 + n % 4], 'ch_' || n,
       CASE WHEN n % 40 = 0 THEN 'refunded' ELSE 'captured' END, 500 + floor(random() ^ 3 * 90000),
       now() - make_interval(secs => (150000 - n) * 210)
FROM generate_series(1, 150000) AS n WHERE n % 15 > 0;

INSERT INTO shipments (order_id, carrier, tracking, state, shipped_at)
SELECT n, (ARRAY['north', 'post', 'express'])[1 + n % 3], 'TR' || lpad(n::text, 10, '0'),
       CASE WHEN n > 148000 THEN 'in_transit' ELSE 'delivered' END, now() - make_interval(secs => (150000 - n) * 210)
FROM generate_series(1, 150000) AS n WHERE n % 5 < 2;

INSERT INTO carts (user_id, status, items, updated_at)
SELECT n, CASE WHEN n % 3 = 0 THEN 'ordered' ELSE 'open' END, 1 + n % 4, now() - make_interval(mins => n)
FROM generate_series(1, 12000) AS n;

INSERT INTO cart_items (cart_id, product_id, quantity)
SELECT cart, 1 + (cart * 31 + line * 977) % 20000, 1 + line % 2
FROM generate_series(1, 12000) AS cart, LATERAL generate_series(1, 1 + cart % 4) AS line;

INSERT INTO sessions (user_id, user_agent, created_at, expires_at)
SELECT 1 + floor(random() ^ 2 * 60000), 'Browser/' || n % 12, moment, moment + interval '14 days'
FROM (SELECT n, now() - make_interval(mins => floor(random() * 20000)::int) AS moment
      FROM generate_series(1, 60000) AS n) AS dice;

INSERT INTO reviews (tenant_id, product_id, user_id, rating, body, created_at)
SELECT pg_temp.pick_tenant(), 1 + floor(random() ^ 2 * 20000), 1 + floor(random() * 60000),
       1 + floor(random() * 5), repeat('Quite good. ', 2 + n % 8), now() - make_interval(mins => n * 9)
FROM generate_series(1, 50000) AS n;

INSERT INTO stock_movements (product_id, warehouse, change, reason, moved_at)
SELECT 1 + floor(random() * 20000), 'central', floor(random() * 20) - 10, (ARRAY['sale', 'return', 'count'])[1 + n % 3],
       now() - make_interval(mins => 40000 - n)
FROM generate_series(1, 40000) AS n;

INSERT INTO webhook_deliveries (tenant_id, event, payload, status_code, delivered_at)
SELECT pg_temp.pick_tenant(), 'order.paid',
       json_build_object('order', 100000 + n, 'attempt', 1 + n % 3, 'signature', md5(n::text)),
       CASE WHEN n % 50 = 0 THEN 500 ELSE 200 END, now() - make_interval(mins => 30000 - n)
FROM generate_series(1, 30000) AS n;

INSERT INTO outbox (topic, payload, created_at, processed_at)
SELECT 'order.paid', jsonb_build_object('order', n), now() - make_interval(secs => (600 - n) * 20),
       CASE WHEN n <= 590 THEN now() - make_interval(secs => (600 - n) * 20 - 2) END
FROM generate_series(1, 600) AS n;

INSERT INTO settings (name, value) SELECT 'setting.' || n, to_jsonb(n) FROM generate_series(1, 24) AS n;

INSERT INTO audit_events (tenant_id, actor_id, action, detail, created_at)
SELECT pg_temp.pick_tenant(), 1 + floor(random() * 60000),
       (ARRAY['login', 'order.update', 'price.change', 'export'])[1 + n % 4], jsonb_build_object('request', md5(n::text)),
       moment
FROM (SELECT n, date_trunc('month', now()) - make_interval(mins => 250000) * (1 - n / 140000.0) AS moment
      FROM generate_series(1, 140000) AS n) AS spread;
-- The current month: it falls through to the default partition.
INSERT INTO audit_events (tenant_id, actor_id, action, detail, created_at)
SELECT 1 + n % 3, 1 + n % 60000, 'login', jsonb_build_object('request', md5(n::text)),
       date_trunc('month', now()) + (now() - date_trunc('month', now())) * (n / 12000.0)
FROM generate_series(1, 12000) AS n;
