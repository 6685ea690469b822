//! What the demo carries: the problems that are planted, and what only looks like one.
//!
//! `demo/PROBLEMS.md` tells the same to people; tests hold a review against this.

/// What it takes to see a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The health checks of PostgreSQL.
    Health,
    /// Index advice over the workload.
    Advice,
    /// The plan of this statement; executed, because estimates alone do not show it.
    Plan(&'static str),
    /// The analysis of the keyspace.
    Keyspace,
    /// The linter of migrations.
    Migrations,
    /// The scan of application code and of Redis scripts.
    Code,
    /// Statistics of a week: a fresh server rightly says nothing.
    AfterAWeek,
    /// The session has to be idle for a minute, which the first look may come too early for.
    AfterAMinute,
}

/// A problem that is really there.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// What it takes to see it.
    pub seen: Seen,
    /// The rule that names it.
    pub rule: &'static str,
    /// A part of the name of the finding's object or file.
    pub object: &'static str,
}

/// Something that is fine as it is.
#[derive(Debug, Clone, Copy)]
pub struct Decoy {
    /// What it looks like.
    pub what: &'static str,
    /// A part of the name of the object that no finding may have …
    pub object: &'static str,
    /// … by any of these rules.
    pub silent: &'static [&'static str],
}

const fn planted(seen: Seen, rule: &'static str, object: &'static str) -> Planted {
    Planted { seen, rule, object }
}

use Seen::{Advice, AfterAMinute, AfterAWeek, Code, Health, Keyspace, Migrations, Plan};

/// A customer list whose two conditions say nearly the same.
const CITY: &str = "SELECT u.id, u.email, count(o.id) FROM users AS u JOIN orders AS o ON o.user_id = u.id \
                    WHERE u.country = 'NL' AND u.city = 'city-7' GROUP BY u.id ORDER BY 3 DESC LIMIT 100";

/// A number that arrives in another type than the column has.
const CAST: &str = "SELECT id, status, total_cents FROM orders WHERE order_number = 100777::numeric";

/// Page 1,200 of the export.
const OFFSET: &str =
    "SELECT id, order_number, status, total_cents FROM orders ORDER BY id DESC LIMIT 100 OFFSET 120000";

/// A report that sorts every item ever sold.
const SPILL: &str = "SELECT day, sum(cents) FROM (SELECT date_trunc('day', created_at) AS day, unit_price_cents * quantity \
                     AS cents, row_number() OVER (PARTITION BY date_trunc('day', created_at) ORDER BY unit_price_cents * \
                     quantity DESC) AS place FROM order_items) AS dearest WHERE place <= 3 GROUP BY day ORDER BY day";

/// Every planted problem.
pub const PLANTED: &[Planted] = &[
    planted(Advice, "missing_index", "payments"),
    planted(Advice, "missing_index", "orders"),
    planted(Advice, "missing_index", "users"),
    planted(Health, "foreign_key_without_index", "shipments"),
    planted(Health, "duplicate_index", "idx_users_tenant"),
    planted(Health, "redundant_index", "order_items_order_id_idx"),
    planted(AfterAWeek, "unused_index", "orders_shipping_address_idx"),
    planted(Health, "invalid_index", "coupons_tenant_code_key"),
    planted(Plan(CITY), "correlated_columns", "users"),
    planted(Plan(CAST), "implicit_cast", "orders"),
    planted(Plan(OFFSET), "large_offset", "OFFSET"),
    planted(Plan(SPILL), "sort_spill", "order_items"),
    planted(Health, "stale_statistics", "inventory"),
    planted(Health, "stale_statistics", "carts"),
    planted(Health, "sequence_overflow", "webhook_deliveries_id_seq"),
    planted(Health, "constraint_not_valid", "orders_total_check"),
    planted(Health, "table_without_primary_key", "stock_movements"),
    planted(Health, "autovacuum_off_for_table", "carts"),
    planted(Health, "dead_tuples", "carts"),
    planted(Health, "hot_update_blockers", "carts"),
    planted(Health, "policy_function_per_row", "reviews"),
    planted(Health, "xmin_horizon", "session"),
    planted(AfterAMinute, "idle_in_transaction", "session"),
    planted(Health, "no_idle_in_transaction_timeout", "idle_in_transaction_session_timeout"),
    planted(Health, "n_plus_one", "order_items"),
    planted(Health, "json_searched", "webhook_deliveries"),
    planted(Health, "default_partition_filled", "audit_events_default"),
    planted(Health, "sequential_scans", "payments"),
    planted(Health, "sequential_scans", "users"),
    planted(Migrations, "unbatched_update", "20260518140000_require_order_currency"),
    planted(Migrations, "set_not_null", "20260518140000_require_order_currency"),
    planted(Migrations, "alter_column_type", "20260601090000_widen_item_quantity"),
    planted(Migrations, "create_index_not_concurrent", "20260601090000_widen_item_quantity"),
    planted(Code, "n_plus_one_code", "app/orders.py"),
    planted(Code, "code.keys", "app/cache.py"),
    planted(Code, "code.setnx", "app/checkout.py"),
    planted(Code, "lua.keys-command", "redis/forget_pages.lua"),
    planted(Code, "lua.undeclared-key", "redis/forget_pages.lua"),
    planted(Keyspace, "ttl.none-ephemeral", "cache:product"),
    planted(Keyspace, "ttl.sync-expiry", "cache:page"),
    planted(Keyspace, "lock.no-ttl", "lock:checkout"),
    planted(Keyspace, "mem.big-collection", "stock:levels"),
    planted(Keyspace, "mem.big-collection", "events:recent"),
    planted(Keyspace, "evict.policy", "maxmemory-policy"),
    planted(Keyspace, "cmd.dangerous", "KEYS"),
];

/// Everything that must stay without a finding.
pub const DECOYS: &[Decoy] = &[
    Decoy {
        what: "a small table that is always read whole",
        object: "categories",
        silent: &["sequential_scans", "foreign_key_without_index", "missing_index"],
    },
    Decoy {
        what: "a look-up in a small table",
        object: "public.coupons",
        silent: &["sequential_scans", "foreign_key_without_index"],
    },
    Decoy {
        what: "a partial unique index that no query uses: it guards a rule",
        object: "carts_one_open_per_user_key",
        silent: &["unused_index", "redundant_index", "duplicate_index"],
    },
    Decoy {
        what: "an index over three values of a tiny table",
        object: "tenants_plan_idx",
        silent: &["low_cardinality_index", "unused_index"],
    },
    Decoy {
        what: "a partial index under a foreign key",
        object: "orders_coupon_id_idx",
        silent: &["mostly_null_index", "foreign_key_without_index", "unused_index"],
    },
    Decoy {
        what: "an index for rare rows",
        object: "orders_failed_idx",
        silent: &["low_cardinality_index", "unused_index"],
    },
    Decoy {
        what: "a queue that keeps up",
        object: "outbox",
        silent: &["dead_tuples", "sequential_scans", "stale_statistics"],
    },
    Decoy { what: "partitions that are pruned", object: "audit_events", silent: &["never_analyzed", "missing_index"] },
    Decoy {
        what: "settings that are meant to stay",
        object: "config:tenant",
        silent: &["ttl.none-ephemeral", "ttl.partial"],
    },
    Decoy { what: "switches that are meant to stay", object: "flag:", silent: &["ttl.none-ephemeral"] },
    Decoy { what: "a queue that keeps up", object: "queue:emails", silent: &["mem.big-collection", "per.none"] },
    Decoy {
        what: "sessions that end at different times",
        object: "session:",
        silent: &["ttl.sync-expiry", "ttl.none-ephemeral"],
    },
    Decoy {
        what: "a script without faults",
        object: "take_stock.lua",
        silent: &["lua.keys-command", "lua.undeclared-key"],
    },
    Decoy {
        what: "a column that is added with a lock timeout",
        object: "add_order_channel",
        silent: &["missing_lock_timeout"],
    },
    Decoy {
        what: "an index that is built concurrently",
        object: "index_stock_movements",
        silent: &["create_index_not_concurrent", "concurrently_in_transaction", "missing_lock_timeout"],
    },
    Decoy { what: "a check that is not validated at once", object: "check_order_total", silent: &["check_validated"] },
];
