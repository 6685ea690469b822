use super::*;

#[test]
fn draws_the_line_and_the_caret() {
    let place = locate("SELECT ä,\n\tb FROM ordres o", 19).unwrap();
    assert_eq!((place.line, place.column), (2, 9));
    assert_eq!(place.drawing, "   b FROM ordres o\n          ^");
    assert_eq!(place.name, ["ordres"]);
    assert!(!place.at_start);
}

#[test]
fn long_lines_are_shown_around_the_place() {
    let text = format!("SELECT {} broken {}", "x,".repeat(200), "y".repeat(200));
    let position = text.find("broken").unwrap() + 1;
    let place = locate(&text, position).unwrap();
    let lines: Vec<&str> = place.drawing.lines().collect();
    let caret = lines[1].chars().count() - 1;
    assert_eq!(lines[0].chars().skip(caret).take(6).collect::<String>(), "broken");
    assert!(lines[0].chars().count() < 130);
}

#[test]
fn names_are_read_as_the_server_reads_them() {
    assert_eq!(locate("Shop.\"Order Items\".ID = 1", 1).unwrap().name, ["shop", "Order Items", "id"]);
    assert_eq!(locate("(1)", 1).unwrap().name, [""; 0]);
    assert_eq!(locate("\"open", 1).unwrap().name, [""; 0]);
}

#[test]
fn places_outside_the_text_are_its_end_or_nothing() {
    assert_eq!(locate("SELECT", 7).unwrap().column, 7);
    assert_eq!(locate("SELECT", 0), None);
    assert_eq!(locate("SELECT", 700).unwrap().column, 7);
}
