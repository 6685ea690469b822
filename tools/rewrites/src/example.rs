//! The tables of the rules' examples.

/// DDL of the tables that the examples of all rules read.
pub const EXAMPLE_SCHEMA: &str = "
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text, tier int, created_at timestamp);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, referrer_id int REFERENCES customers,
    token uuid, status text NOT NULL, note text, quantity int, total numeric, placed_at timestamp NOT NULL,
    shipped_at timestamptz, due date);
CREATE TABLE payments (id int PRIMARY KEY, order_id bigint REFERENCES orders, amount int, paid_on date);
CREATE TABLE readings (sensor int NOT NULL, taken_at timestamp NOT NULL, value int, UNIQUE (sensor, taken_at));
CREATE TABLE tags (order_id bigint NOT NULL, tag text NOT NULL);";
