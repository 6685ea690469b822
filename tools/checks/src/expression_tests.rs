use super::*;

fn names(expression: &str) -> Vec<String> {
    calls_per_row(expression).into_iter().map(|call| call.name).collect()
}

#[test]
fn a_bare_call_runs_per_row_and_a_wrapped_one_does_not() {
    assert_eq!(names("(tenant_id = app.current_tenant())"), ["current_tenant"]);
    assert!(names("(tenant_id = ( SELECT app.current_tenant() AS current_tenant))").is_empty());
    assert_eq!(names("(f(a) IN ( SELECT g() AS g))"), ["f"]);
}

#[test]
fn the_call_knows_its_schema_and_whether_it_needs_the_row() {
    let calls = calls_per_row("(auth.can_see(account_id) AND auth.ready('x'::text))");
    assert_eq!(calls[0], Call { schema: Some("auth".into()), name: "can_see".into(), uses_columns: true });
    assert!(!calls[1].uses_columns);
    assert_eq!(calls[1].text(), "auth.ready()");
}

#[test]
fn compared_columns_are_found_under_casts() {
    let columns = compared_columns("((tenant_id)::text = current_setting('app.tenant'::text)) AND (deleted IS NULL)");
    assert_eq!(columns, ["tenant_id"]);
    assert!(compared_columns("(EXISTS ( SELECT 1 FROM m WHERE (m.a = 1)))").is_empty());
    assert!(compared_columns("not sql ((").is_empty());
}
