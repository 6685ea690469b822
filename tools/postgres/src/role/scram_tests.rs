use super::*;

#[test]
fn the_verifier_is_that_of_rfc_7677() {
    // The RFC's example: password `pencil`, salt W22ZaJ0SNY7soEsUEjb6gQ==; the keys were computed with the server.
    let salt: [u8; 16] = BASE64_STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap().try_into().unwrap();
    let verifier = verifier(&"pencil".into(), &salt).unwrap();
    assert_eq!(
        verifier.expose_secret(),
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    );
}

#[test]
fn what_would_need_normalising_is_not_taken() {
    for password in ["", "pässword", "line\nend"] {
        assert!(super::verifier(&password.into(), &[0; 16]).is_none(), "{password:?}");
    }
}
