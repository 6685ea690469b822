use super::*;

#[test]
fn server_and_people_spell_the_same() {
    assert_eq!(normalise("lower((email)::text)"), normalise("lower(email)"));
    assert_eq!(normalise("(status = 'open'::text)"), normalise("status = 'open'"));
    assert_eq!(normalise("(deleted_at IS NULL)"), normalise("deleted_at IS NULL"));
    assert_ne!(normalise("status = 'open'"), normalise("status = 'OPEN'"));
    assert_ne!(normalise("(a)::integer"), normalise("a"));
    assert_eq!(normalise("not sql at all ("), "not sql at all (");
}
