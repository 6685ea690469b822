use super::*;

fn waiting(pid: i32, blocked_by: &[i32]) -> Session {
    Session { pid, blocked_by: blocked_by.to_vec(), ..Session::default() }
}

#[test]
fn queue_behind_one_root_is_one_tree() {
    let sessions = [waiting(1, &[]), waiting(2, &[1]), waiting(3, &[1, 2]), waiting(4, &[3])];
    let forest = lock_forest(&sessions);
    assert_eq!(forest.len(), 1);
    assert_eq!(forest[0].pid, 1);
    assert_eq!(forest[0].waiters.iter().map(|node| node.pid).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(forest[0].descendants(), [2, 3, 4]);
}

#[test]
fn a_waiter_of_two_roots_is_counted_once() {
    let forest = lock_forest(&[waiting(1, &[]), waiting(2, &[]), waiting(3, &[1, 2])]);
    assert_eq!(forest.len(), 1);
    assert_eq!(forest[0].descendants(), [3]);
}

#[test]
fn a_cycle_has_no_root_and_does_not_loop() {
    assert!(lock_forest(&[waiting(1, &[2]), waiting(2, &[1])]).is_empty());
    let forest = lock_forest(&[waiting(5, &[]), waiting(1, &[2, 5]), waiting(2, &[1])]);
    assert_eq!(forest[0].descendants(), [1, 2]);
}

#[test]
fn waiters_stand_in_the_order_in_which_they_came() {
    let since = |pid, age| Session { query_age_s: Some(age), ..waiting(pid, &[1]) };
    let forest = lock_forest(&[waiting(1, &[]), since(2, 3.0), since(3, 9.0), since(4, 5.0)]);
    assert_eq!(forest[0].descendants(), [3, 4, 2]);
}
