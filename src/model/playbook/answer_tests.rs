use serde_json::json;

use super::*;

fn answered(json: serde_json::Value) -> Answered {
    Answered { call_id: "pb1.1.x.0".into(), source: "explain#2".into(), result: Ok(json) }
}

#[test]
fn figures_are_written_for_people() {
    let written = |value, unit| figure(value, unit);
    assert_eq!(written(1_234_567.0, Unit::Count), "1,234,567");
    assert_eq!(written(-1_500.0, Unit::Count), "-1,500");
    assert_eq!(written(132.9, Unit::Count), "133");
    assert_eq!(written(2.5, Unit::Count), "2.5");
    assert_eq!(written(2300.14, Unit::Ms), "2,300 ms");
    assert_eq!(written(12.04, Unit::Ms), "12 ms");
    assert_eq!(written(0.0143, Unit::Ms), "0.014 ms");
    assert_eq!(written(90_000.0, Unit::Ms), "90 s");
    assert_eq!(written(0.278, Unit::Share), "27.8 %");
    assert_eq!(written(310.0, Unit::Pages), "310 pages");
    assert_eq!(written(0.0, Unit::Bytes), "0 B");
    assert_eq!(written(4_350_000.0, Unit::Bytes), "4.15 MB");
}

#[test]
fn a_figure_that_is_not_there_is_not_written() {
    let result = answered(json!({"ms": 12.5, "none": null, "text": "x"}));
    assert_eq!(sourced(&result, "/ms", Unit::Ms).as_deref(), Some("12.5 ms (explain#2)"));
    for pointer in ["/none", "/text", "/absent"] {
        assert_eq!(sourced(&result, pointer, Unit::Ms), None, "{pointer}");
    }
    let failed = Answered { result: Err("no".into()), ..result };
    assert_eq!(plain(&failed, "/ms", Unit::Ms), None);
}

#[test]
fn parts_without_content_leave_no_trace() {
    let answer = Answer::new("Done.").list("Empty", []).paragraph("  ").code("sql", "").numbered([]).close(&[], "");
    assert_eq!(answer, "Done.\n\n_playbook: fixed procedures, no language model_");
}

#[test]
fn code_that_holds_a_fence_does_not_end_its_block() {
    let answer = Answer::new("x").code("", "a\n```\nb").close(&[], "");
    assert!(answer.contains("````\na\n```\nb\n````"), "{answer}");
}

#[test]
fn one_is_no_plural() {
    assert_eq!(counted(1, "finding"), "1 finding");
    assert_eq!(counted(0, "finding"), "0 findings");
    assert_eq!(counted(2, "index"), "2 indexes");
}
