use super::*;
use crate::model::{Item, Request};

fn conversation(questions: &[&str]) -> Route {
    let items = questions.iter().map(|text| Item::User { text: (*text).to_owned() }).collect();
    let request = Request { items, ..Request::default() };
    route(&Run::new(&request))
}

fn first(question: &str) -> Option<Play> {
    match conversation(&[question]) {
        Route::Play { play, .. } => Some(play),
        _ => None,
    }
}

/// What people say, and what is played.
const UTTERANCES: &[(&str, Play)] = &[
    ("/review", Play::Review),
    ("/review\n\n```sql\nSELECT 1 FROM t\n```", Play::Review),
    ("review everything", Play::Review),
    ("please do a full review", Play::Review),
    ("/slow", Play::SlowQueries),
    ("find slow queries", Play::SlowQueries),
    ("what is slow?", Play::SlowQueries),
    ("show me the most expensive statements", Play::SlowQueries),
    ("slowest queries by mean time", Play::SlowQueries),
    ("why is the database slow?", Play::SlowQueries),
    ("why is this slow: SELECT * FROM orders WHERE status = 'x'", Play::Optimize),
    ("SELECT * FROM orders WHERE status = 'x'", Play::Optimize),
    ("optimize this query: select a from t where b = 1", Play::Optimize),
    ("UPDATE orders SET status = 'x' WHERE id = 1", Play::Optimize),
    ("/explain SELECT a FROM t", Play::Explain),
    ("explain select a from t", Play::Explain),
    ("EXPLAIN ANALYZE SELECT a FROM t", Play::Explain),
    ("Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)", Play::PlanText),
    ("what about this plan?\n```\nSort  (cost=1.00..2.00 rows=1 width=4)\n```", Play::PlanText),
    ("/explain\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)", Play::PlanText),
    ("/index", Play::IndexAdvice),
    ("/index SELECT a FROM t WHERE b = 1", Play::IndexAdvice),
    ("what index for SELECT a FROM t WHERE b = 1", Play::IndexAdvice),
    ("which indexes do I need?", Play::IndexAdvice),
    ("suggest indexes for the workload", Play::IndexAdvice),
    ("missing indexes", Play::IndexAdvice),
    ("is index orders_status_idx used?", Play::IndexUse),
    ("can I drop index orders_status_idx?", Play::IndexUse),
    ("can we safely remove orders_status_idx", Play::IndexUse),
    ("unused indexes", Play::IndexFaults),
    ("are there duplicate or redundant indexes?", Play::IndexFaults),
    ("which indexes are never used", Play::IndexFaults),
    ("/health", Play::Health),
    ("health check", Play::Health),
    ("is everything ok?", Play::Health),
    ("what is wrong?", Play::Health),
    ("/locks", Play::Locks),
    ("what is blocking?", Play::Locks),
    ("who is waiting for locks", Play::Locks),
    ("deadlocks", Play::Locks),
    ("why does my update hang", Play::Locks),
    ("bloat", Play::Vacuum),
    ("is vacuum keeping up?", Play::Vacuum),
    ("how far is wraparound", Play::Vacuum),
    ("too many connections", Play::Connections),
    ("what pool size should I use", Play::Connections),
    ("config review", Play::Settings),
    ("is shared_buffers set right", Play::Settings),
    ("RLS for tenant column", Play::RowSecurity),
    ("row-level security on reviews", Play::RowSecurity),
    ("replication lag", Play::Replication),
    ("check the schema", Play::Schema),
    ("show schema of orders", Play::Describe),
    ("describe orders", Play::Describe),
    ("size of orders", Play::Describe),
    ("biggest tables", Play::Describe),
    ("/migration", Play::MigrationReview),
    ("/migration db/migrations", Play::MigrationReview),
    ("review migrations", Play::MigrationReview),
    ("review migrations/003.sql", Play::MigrationReview),
    ("is this safe: ALTER TABLE orders ADD COLUMN a int", Play::MigrationReview),
    ("CREATE INDEX ON orders (status)", Play::MigrationReview),
    ("add column region text to orders safely", Play::MigrationAuthor),
    ("make orders.region not null", Play::MigrationAuthor),
    ("rename column a to b in orders", Play::MigrationAuthor),
    ("add foreign key on orders (user_id) to users", Play::MigrationAuthor),
    ("backfill orders.region with 'eu'", Play::MigrationAuthor),
    ("partition events by month", Play::MigrationAuthor),
    ("n+1 queries", Play::CodeScan),
    ("scan the code", Play::CodeScan),
    ("/redis", Play::Redis),
    ("redis health", Play::Redis),
    ("big keys", Play::Redis),
    ("keys without ttl", Play::Redis),
    ("hit rate", Play::Redis),
    ("design a cache for products", Play::Cache),
    ("how should we cache user profiles", Play::Cache),
    ("replace KEYS in this Lua: redis.call('KEYS', 'a*')", Play::Script),
    ("redis/forget_pages.lua", Play::Script),
    ("/memory orders", Play::Recall),
    ("what do you remember about orders", Play::Recall),
    ("forget the index on orders", Play::Recall),
    ("what changed since last review?", Play::SinceLast),
    ("should we shard this service?", Play::HandOver),
    ("set up backups and failover", Play::HandOver),
    ("why is the query that looks up customers by email slow?", Play::Optimize),
    ("why does the lookup of carts take so long", Play::Optimize),
    ("which tables are biggest and are there any indexes I can drop?", Play::Space),
    ("what are the largest tables and unused indexes", Play::Space),
    ("are there any indexes I can drop?", Play::IndexFaults),
    ("can we drop some indexes", Play::IndexFaults),
    ("why does redis use so much memory?", Play::Redis),
    ("how much memory does redis use", Play::Redis),
    ("explain analyze select count(*) from generate_series(1,100) g where pg_sleep(0.3) is not null", Play::Explain),
    ("what can you do", Play::Help),
    ("help", Play::Help),
];

#[test]
fn utterances_lead_to_their_plays() {
    let wrong: Vec<String> = UTTERANCES
        .iter()
        .filter(|(text, wanted)| first(text) != Some(*wanted))
        .map(|(text, wanted)| format!("{text:?}: wanted {wanted:?}, got {:?}", conversation(&[text])))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_example_of_the_list_leads_to_its_play() {
    for entry in PLAYS {
        let found = first(entry.example);
        let placeholder =
            entry.example.contains('…') || entry.example.starts_with("paste") || entry.example.contains(": …");
        assert!(placeholder || found == Some(entry.play), "{:?}: {found:?}", entry.example);
    }
}

#[test]
fn what_is_not_understood_gets_the_nearest_and_then_the_list() {
    let Route::Unknown { again, .. } = conversation(&["sing me a song"]) else { panic!("guessed") };
    assert!(!again);
    let Route::Unknown { again, .. } = conversation(&["sing me a song", "and dance"]) else { panic!("guessed") };
    assert!(again);
    let Route::Unknown { nearest, .. } = conversation(&["tell me about queries and review"]) else { panic!("guessed") };
    assert!(!nearest.is_empty() && nearest.len() <= 3);
}

#[test]
fn ties_are_asked_and_a_bare_number_answers() {
    let question = "vacuum and connections";
    let Route::Clarify { options, turn: 1 } = conversation(&[question]) else { panic!("no tie") };
    assert_eq!(options, [Play::Vacuum, Play::Connections]);
    let second = Route::Play { play: Play::Connections, turn: 1, view: View::Answer };
    assert_eq!(conversation(&[question, "2"]), second);
    assert_eq!(conversation(&[question, "9", "2"]), second);
    assert!(matches!(conversation(&[question, "yes"]), Route::Play { play: Play::Vacuum, turn: 1, .. }));
}

#[test]
fn follow_ups_mean_the_last_play_and_chain() {
    let bound = |play, turn, view| Route::Play { play, turn, view };
    assert_eq!(conversation(&["/locks", "why?"]), bound(Play::Locks, 1, View::Why(None)));
    assert_eq!(conversation(&["/locks", "why?", "thanks", "2"]), bound(Play::Locks, 1, View::Number(2)));
    assert_eq!(conversation(&["/locks", "/health", "apply 3"]), bound(Play::Health, 2, View::Apply(Some(3))));
    assert_eq!(conversation(&["/review", "continue"]), bound(Play::Review, 1, View::Continue));
    assert_eq!(conversation(&["why?"]), Route::Remark(Remark::NothingYet));
    assert_eq!(conversation(&[]), Route::Unknown { nearest: vec![], turn: 1, again: false });
}

#[test]
fn an_order_to_change_rows_is_declined() {
    for order in
        ["delete all rows from audit_log", "please remove every record of last year", "can you update the data"]
    {
        assert_eq!(conversation(&[order]), Route::Remark(Remark::NeverWrites), "{order}");
    }
    assert_eq!(first("remove the unused indexes"), Some(Play::IndexFaults));
    assert_eq!(first("DELETE FROM audit_log"), Some(Play::Optimize));
}

#[test]
fn a_broken_statement_is_no_guess() {
    assert!(matches!(conversation(&["SELECT a FROM t WHERE b ="]), Route::Broken { .. }));
}
