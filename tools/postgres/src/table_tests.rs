use super::*;

#[test]
fn columns_line_up() {
    let mut table = Table::new(["id", "name"], 20);
    table.row([Some("1"), Some("Ärzte")]);
    table.row([Some("1000"), None]);
    assert_eq!(table.to_string(), "id   | name\n1    | Ärzte\n1000 | ∅\n");
}

#[test]
fn values_stay_on_their_line_and_are_cut() {
    let mut table = Table::new(["v"], 5);
    table.row([Some("a\nb\tc\u{7}d")]);
    assert_eq!(table.to_string(), "v\na\\nb\\tc…(+2)\n");
}

#[test]
fn a_wide_value_does_not_pad_the_others() {
    let mut table = Table::new(["v", "w"], 200);
    table.row([Some("x".repeat(150).as_str()), Some("1")]);
    table.row([Some("y"), Some("2")]);
    let text = table.to_string();
    assert!(text.lines().all(|line| line.len() <= 154));
    assert!(text.lines().last().unwrap().len() < 60);
}

#[test]
fn no_columns_is_no_text() {
    assert_eq!(Table::new([], 5).to_string(), "");
}
