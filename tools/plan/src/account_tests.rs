use crate::parse_text;

#[test]
fn a_cte_is_charged_once() {
    let plan = parse_text(
        "
CTE Scan on recent  (cost=0.00..1.00 rows=100 width=8) (actual time=1.0..50.0 rows=100 loops=1)
  CTE recent
    ->  Seq Scan on orders  (cost=0.00..1.00 rows=100 width=8) (actual time=0.5..45.0 rows=100 loops=1)
Execution Time: 51.0 ms",
    )
    .unwrap();
    assert!((plan.root().self_ms - 5.0).abs() < 1e-6);
    assert!((plan.node(1).self_ms - 45.0).abs() < 1e-6);
}

#[test]
fn an_init_plan_is_charged_to_the_node_that_needs_it() {
    let plan = parse_text(
        "
Aggregate  (cost=0.00..1.00 rows=1 width=8) (actual time=60.0..60.0 rows=1 loops=1)
  InitPlan 1 (returns $0)
    ->  Seq Scan on limits  (cost=0.00..1.00 rows=1 width=8) (actual time=10.0..40.0 rows=1 loops=1)
  ->  Seq Scan on orders  (cost=0.00..1.00 rows=100 width=8) (actual time=41.0..58.0 rows=100 loops=1)
        Filter: (total > $0)
Execution Time: 61.0 ms",
    )
    .unwrap();
    let own: Vec<f64> = plan.nodes().iter().map(|node| (node.self_ms * 10.0).round() / 10.0).collect();
    assert_eq!(own, [2.0, 40.0, 18.0]);
}

#[test]
fn parallel_time_is_elapsed_time() {
    let plan = parse_text(
        "
Gather  (cost=0.00..1.00 rows=300 width=8) (actual time=1.0..100.0 rows=300 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Nested Loop  (cost=0.00..1.00 rows=100 width=8) (actual time=1.0..90.0 rows=100 loops=3)
        ->  Parallel Seq Scan on a  (cost=0.00..1.00 rows=100 width=8) (actual time=1.0..30.0 rows=100 loops=3)
        ->  Index Scan using b_pkey on b  (cost=0.00..1.00 rows=1 width=8) (actual time=0.1..0.5 rows=1 loops=300)
Execution Time: 101.0 ms",
    )
    .unwrap();
    let own: Vec<f64> = plan.nodes().iter().map(|node| node.self_ms.round()).collect();
    assert_eq!(own, [10.0, 10.0, 30.0, 50.0]);
}

#[test]
fn fewer_rows_below_a_limit_are_no_misestimate() {
    let plan = parse_text(
        "
Limit  (cost=0.00..1.00 rows=10 width=8) (actual time=0.1..0.2 rows=10 loops=1)
  ->  Seq Scan on orders  (cost=0.00..1.00 rows=100000 width=8) (actual time=0.1..0.2 rows=10 loops=1)",
    )
    .unwrap();
    assert_eq!(plan.node(1).q_error, None);
    assert_eq!(plan.root().q_error, Some(1.0));
}
