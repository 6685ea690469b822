use super::*;
use crate::Column;

fn output(rows: Vec<Vec<Option<String>>>, truncated: Option<&str>) -> PsqlOutput {
    let columns = ["id", "status"].map(|name| Column { name: name.to_owned(), type_name: "text".to_owned() }).to_vec();
    let rows = Rows { columns, rows, truncated: truncated.map(str::to_owned), elapsed_ms: 1.25 };
    PsqlOutput { database: "app".to_owned(), rows }
}

#[test]
fn the_text_face_is_a_table_with_a_footer() {
    let output = output(vec![vec![Some("1".to_owned()), None]], None);
    assert_eq!(output.for_model(TokenBudget::default()), "id | status\n1  | ∅\n(1 row, 1.25 ms)");
}

#[test]
fn the_footer_survives_the_cut() {
    let rows = vec![vec![Some("1".to_owned()), Some("x".repeat(50))]; 500];
    let output = output(rows, Some("only the first 500 rows are shown; there are more"));
    let text = output.for_model(TokenBudget(300)).into_owned();
    assert!(text.len() <= TokenBudget(300).bytes(), "{}", text.len());
    assert!(text.contains("bytes cut: select fewer columns"));
    assert!(text.ends_with("(500 rows, 1.25 ms; only the first 500 rows are shown; there are more)"));
}

#[test]
fn a_refusal_names_its_rule_before_anything_runs() {
    let tool = Psql::new(Databases::default());
    let args = |sql: &str| PsqlArgs { sql: sql.to_owned(), max_rows: None, database: None };
    assert_eq!(Tool::assess(&tool, &args("SELECT 1")).refusal, None);
    assert!(
        Tool::assess(&tool, &args("DROP TABLE t")).refusal.is_some_and(|reason| reason.starts_with("statement_kind: "))
    );
    assert!(Tool::assess(&tool, &args("\\d t")).refusal.is_some_and(|reason| reason.starts_with("meta_command: ")));
    assert_eq!(Tool::assess(&tool, &args("SELEC")).refusal, None);
}
