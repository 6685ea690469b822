use super::*;

#[test]
fn base64_pads_as_the_standard_says() {
    assert_eq!(
        [base64(b""), base64(b"f"), base64(b"fo"), base64(b"foo"), base64(b"foob")],
        ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
    );
    assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
}
