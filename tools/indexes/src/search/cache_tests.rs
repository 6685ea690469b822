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
