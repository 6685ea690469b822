use super::*;

fn rights(own: &[&str]) -> Rights {
    Rights {
        target: "shop".to_owned(),
        role: "postgres".to_owned(),
        own: own.iter().map(|what| (*what).to_owned()).collect(),
        public: vec!["may create temporary tables (as everybody may)".to_owned()],
        revoke: Vec::new(),
        remedy: "dbwright setup role --db shop".to_owned(),
    }
}

#[test]
fn each_right_is_named_and_the_way_out_too() {
    let held = rights(&["has CREATEDB", "is a member of pg_signal_backend"]);
    let refusal = held.refusal().unwrap();
    for part in ["has CREATEDB; is a member of pg_signal_backend", "setup role --db shop", "allow_excessive_rights"] {
        assert!(refusal.contains(part), "{part}: {refusal}");
    }
    assert!(held.notice().unwrap().contains("which has CREATEDB and has 1 more right"), "{held:?}");
}

#[test]
fn what_everybody_may_do_is_no_reason_to_refuse() {
    assert_eq!((rights(&[]).notice(), rights(&[]).refusal()), (None, None));
}
