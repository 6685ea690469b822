use super::*;

#[test]
fn a_plan_holds_for_fewer_candidates_while_those_it_uses_are_there() {
    let mut plans = Plans::default();
    plans.add(vec![1, 2, 3], PlanCost { cost: 5.0, used: vec![2] });
    assert_eq!(plans.get(&[2]).map(|plan| plan.cost), Some(5.0));
    assert_eq!(plans.get(&[1, 2]).map(|plan| plan.cost), Some(5.0));
    assert_eq!(plans.get(&[1, 3]), None);
    assert_eq!(plans.get(&[2, 4]), None, "an unknown candidate may be better");
    assert_eq!(plans.bound(&[2, 4]).map(|plan| plan.cost), Some(5.0));
}

#[test]
fn what_more_candidates_would_hardly_better_is_not_asked() {
    let mut plans = Plans::default();
    plans.add(vec![1, 2, 3, 4], PlanCost { cost: 99.0, used: vec![1, 3] });
    plans.add(vec![1], PlanCost { cost: 100.0, used: vec![1] });
    assert_eq!(plans.get(&[1, 2]).map(|plan| (plan.cost, plan.used.clone())), Some((100.0, vec![1])));
    plans.add(vec![2], PlanCost { cost: 150.0, used: vec![2] });
    assert_eq!(plans.get(&[2, 4]), None);
}
