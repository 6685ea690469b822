use super::*;

#[test]
fn dates_become_seconds() {
    assert_eq!(unix_seconds(1970, 1, 1), 0);
    assert_eq!(unix_seconds(2000, 3, 1), 951_868_800);
    assert_eq!(unix_seconds(2024, 2, 29), 1_709_164_800);
}

#[test]
fn only_known_majors_have_a_date() {
    assert_eq!(end_of_life(13), Some(("2025-11-13".to_owned(), 1_762_992_000)));
    assert_eq!(end_of_life(99), None);
}
