use proptest::prelude::*;

use super::*;

fn decode(pieces: &[&[u8]]) -> (String, u64) {
    let mut utf8 = LossyUtf8::default();
    let mut out: String = pieces.iter().map(|piece| utf8.push(piece)).collect();
    out.push_str(&utf8.finish());
    (out, utf8.replaced())
}

#[test]
fn a_character_may_be_split_anywhere() {
    for text in ["é", "€", "🦀"] {
        for cut in 0..=text.len() {
            let (left, right) = text.as_bytes().split_at(cut);
            assert_eq!(decode(&[left, right]), (text.to_owned(), 0));
        }
    }
}

#[test]
fn invalid_bytes_are_replaced_and_counted() {
    assert_eq!(decode(&[b"a\xffb\xfec"]), ("a\u{fffd}b\u{fffd}c".to_owned(), 2));
    assert_eq!(decode(&[b"end \xe2\x82"]), ("end \u{fffd}".to_owned(), 1));
}

proptest! {
    #[test]
    fn any_split_decodes_like_the_whole(bytes: Vec<u8>, cut in 0usize..64) {
        let (left, right) = bytes.split_at(cut.min(bytes.len()));
        prop_assert_eq!(decode(&[left, right]).0, String::from_utf8_lossy(&bytes));
    }
}
