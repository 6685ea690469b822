use super::*;
use crate::{CandidateClass, Direction, IndexKey, TableName};

fn index(columns: &[&str]) -> Index {
    let keys = columns
        .iter()
        .map(|key| IndexColumn {
            key: (*key).into(),
            expression: false,
            opclass: None,
            descending: false,
            nulls_first: false,
        })
        .collect();
    Index {
        name: "i".into(),
        method: "btree".into(),
        keys,
        include: Vec::new(),
        predicate: None,
        unique: false,
        constraint: false,
        valid: true,
        scans: 0,
        bytes: 0,
        definition: String::new(),
    }
}

fn candidate(columns: &[&str]) -> Candidate {
    let keys = columns.iter().map(|key| IndexKey::new(KeyExpression::Column((*key).into()))).collect();
    Candidate::btree(TableName::new("public", "t"), keys, CandidateClass::Btree)
}

#[test]
fn a_prefix_is_covered_and_a_wider_index_covers() {
    assert!(covers(&index(&["a", "b"]), &candidate(&["a"])));
    assert!(!covers(&index(&["a"]), &candidate(&["a", "b"])));
    assert!(!covers(&index(&["b", "a"]), &candidate(&["a"])));
    assert!(covered_by(&index(&["a"]), &candidate(&["a", "b"])));
    assert!(!covered_by(&Index { unique: true, ..index(&["a"]) }, &candidate(&["a", "b"])));
}

#[test]
fn invalid_and_partial_indexes_cover_nothing_more() {
    assert!(!covers(&Index { valid: false, ..index(&["a"]) }, &candidate(&["a"])));
    let partial = Index { predicate: Some("(s = 'x'::text)".into()), ..index(&["a"]) };
    assert!(!covers(&partial, &candidate(&["a"])));
    assert!(covers(&partial, &Candidate { predicate: Some("s = 'x'".into()), ..candidate(&["a"]) }));
}

#[test]
fn order_counts_up_to_reading_backwards() {
    let mut descending = candidate(&["a", "b"]);
    for key in &mut descending.keys {
        key.direction = Direction { descending: true, nulls_first: true };
    }
    assert!(covers(&index(&["a", "b"]), &descending));
    if let Some(key) = descending.keys.first_mut() {
        key.direction = Direction::ASCENDING;
    }
    assert!(!covers(&index(&["a", "b"]), &descending));
}
