//! The statements of the shop, with how often each is called.
//!
//! The counts are those of a busy minute, not of a day: the workload has to fit into seconds.

/// Where a parameter's values come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values {
    /// `bigint` from the first to the second number.
    Integer(u64, u64),
    /// One of these texts.
    Word(&'static [&'static str]),
    /// A text with a number from the range in place of `{}`.
    Pattern(&'static str, u64, u64),
}

/// One statement of the application.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) sql: &'static str,
    pub(super) calls: u32,
    pub(super) values: &'static [Values],
    /// A statement that runs once for each row, with the row's first column as its parameter.
    pub(super) for_each_row: Option<&'static str>,
}

const fn shape(calls: u32, sql: &'static str, values: &'static [Values]) -> Shape {
    Shape { sql, calls, values, for_each_row: None }
}

use Values::{Integer, Pattern, Word};

/// Most traffic is that of the three big tenants.
const BIG_TENANT: Values = Integer(1, 3);
const ANY_TENANT: Values = Integer(1, 200);
const USER: Values = Integer(1, 60_000);
const PRODUCT: Values = Integer(1, 20_000);
const ORDER: Values = Integer(1, 150_000);

/// Pages and API calls.
pub(super) const WEB: &[Shape] = &[
    // The order list: a filter and an order that no index serves, and one query for each order.
    Shape {
        sql: "SELECT id, user_id, order_number, total_cents, created_at FROM orders \
              WHERE tenant_id = $1 AND status = $2 ORDER BY created_at DESC LIMIT 50",
        calls: 60,
        values: &[BIG_TENANT, Word(&["pending", "cancelled"])],
        for_each_row: Some("SELECT id, product_id, quantity, unit_price_cents FROM order_items WHERE order_id = $1"),
    },
    shape(
        150,
        "SELECT id, order_id, state, amount_cents FROM payments WHERE provider_ref = $1",
        &[Pattern("ch_{}", 1, 150_000)],
    ),
    shape(
        110,
        "SELECT id, tenant_id, name FROM users WHERE lower(email) = $1",
        &[Pattern("user.{}@example.org", 1, 60_000)],
    ),
    shape(
        40,
        "SELECT id, status, total_cents FROM orders WHERE order_number = $1::numeric",
        &[Integer(100_001, 250_000)],
    ),
    shape(900, "SELECT id, name, email, country FROM users WHERE id = $1", &[USER]),
    shape(800, "SELECT id, user_agent, expires_at FROM sessions WHERE user_id = $1 AND expires_at > now()", &[USER]),
    shape(900, "SELECT id, sku, name, price_cents FROM products WHERE id = $1", &[PRODUCT]),
    shape(
        300,
        "SELECT id, rating, body FROM reviews WHERE product_id = $1 ORDER BY created_at DESC LIMIT 20",
        &[PRODUCT],
    ),
    shape(
        500,
        "SELECT id, status, total_cents FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT 10",
        &[USER],
    ),
    shape(
        300,
        "SELECT c.id, i.quantity, p.name FROM carts AS c JOIN cart_items AS i ON i.cart_id = c.id \
                JOIN products AS p ON p.id = i.product_id WHERE c.user_id = $1 AND c.status = 'open'",
        &[Integer(1, 12_000)],
    ),
    shape(600, "SELECT id, name FROM categories WHERE parent_id = $1 ORDER BY name", &[Integer(1, 20)]),
    shape(
        300,
        "SELECT id, percent_off FROM coupons WHERE tenant_id = $1 AND code = $2 AND valid_until > now()",
        &[ANY_TENANT, Pattern("SAVE{}", 0, 1_949)],
    ),
    shape(
        15,
        "SELECT id, order_number, status, total_cents FROM orders ORDER BY id DESC LIMIT 100 OFFSET $1",
        &[Integer(90_000, 140_000)],
    ),
    shape(200, "UPDATE orders SET status = 'shipped', updated_at = now() WHERE id = $1", &[ORDER]),
    shape(
        100,
        "INSERT INTO orders (tenant_id, user_id, order_number, total_cents, shipping_address) \
                VALUES ($1, $2, $3, $4, 'Street 1') ON CONFLICT (order_number) DO NOTHING",
        &[ANY_TENANT, USER, Integer(1_000_000, 9_000_000), Integer(500, 90_000)],
    ),
    shape(
        250,
        "INSERT INTO audit_events (tenant_id, actor_id, action, detail, created_at) \
                VALUES ($1, $2, 'login', '{}', now())",
        &[ANY_TENANT, USER],
    ),
];

/// The cart service: every click is an update.
pub(super) const CARTS: &[Shape] = &[
    shape(12_000, "UPDATE carts SET items = items + 1, updated_at = now() WHERE id = $1", &[Integer(2, 12_000)]),
    shape(
        30,
        "SELECT id FROM carts WHERE status = 'open' AND updated_at < now() - interval '5 days' \
               ORDER BY updated_at LIMIT 100",
        &[],
    ),
];

/// Background jobs and reports.
pub(super) const JOBS: &[Shape] = &[
    shape(
        1,
        "UPDATE inventory SET on_hand = on_hand + 1, counted_at = now() WHERE product_id <= $1",
        &[Integer(9_000, 9_000)],
    ),
    shape(
        400,
        "SELECT id, topic FROM outbox WHERE processed_at IS NULL ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED",
        &[],
    ),
    shape(100, "INSERT INTO outbox (topic, payload) VALUES ('order.paid', jsonb_build_object('order', $1))", &[ORDER]),
    shape(
        100,
        "UPDATE outbox SET processed_at = now() WHERE id = \
                (SELECT id FROM outbox WHERE processed_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)",
        &[],
    ),
    shape(
        25,
        "SELECT id, status_code FROM webhook_deliveries WHERE payload ->> 'order' = $1",
        &[Pattern("{}", 100_001, 130_000)],
    ),
    shape(15, "DELETE FROM orders WHERE id = $1", &[ORDER]),
    shape(
        200,
        "SELECT sum(change) FROM stock_movements WHERE product_id = $1 AND moved_at > now() - interval '7 days'",
        &[PRODUCT],
    ),
    shape(
        100,
        "SELECT order_id, carrier, state FROM shipments WHERE tracking = $1",
        &[Pattern("TR0000{}", 100_000, 149_999)],
    ),
    shape(
        40,
        "SELECT action, count(*) FROM audit_events WHERE tenant_id = $1 \
               AND created_at >= now() - interval '3 days' GROUP BY action",
        &[BIG_TENANT],
    ),
    shape(
        10,
        "SELECT date_trunc('day', created_at) AS day, sum(total_cents) FROM orders WHERE tenant_id = $1 \
               AND created_at >= now() - interval '30 days' GROUP BY day ORDER BY day",
        &[BIG_TENANT],
    ),
    shape(
        20,
        "SELECT u.id, u.email, count(o.id) FROM users AS u JOIN orders AS o ON o.user_id = u.id \
         WHERE u.country = $1 AND u.city = $2 GROUP BY u.id ORDER BY 3 DESC LIMIT 100",
        &[Word(&["NL"]), Word(&["city-7"])],
    ),
    shape(8, "SELECT count(*), avg(rating) FROM reviews", &[]),
    shape(
        4,
        "SELECT day, sum(cents) FROM (SELECT date_trunc('day', created_at) AS day, unit_price_cents * quantity AS cents, \
         row_number() OVER (PARTITION BY date_trunc('day', created_at) ORDER BY unit_price_cents * quantity DESC) AS place \
         FROM order_items) AS dearest WHERE place <= $1 GROUP BY day ORDER BY day",
        &[Integer(3, 3)],
    ),
];
