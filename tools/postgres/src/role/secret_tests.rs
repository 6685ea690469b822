use super::*;

#[test]
fn secrets_are_told_by_words_not_by_letters() {
    for name in
        ["user_tokens", "api_keys", "ApiKeys", "password_resets", "oauth_credentials", "secrets", "private_keys"]
    {
        assert!(is_secret_table(name), "{name}");
    }
    for name in ["users", "orders", "tokenizer_runs", "keys", "secretaries", "passwordless_logins"] {
        assert!(!is_secret_table(name), "{name}");
    }
    for name in [
        "password",
        "password_hash",
        "encrypted_password",
        "api_key",
        "refresh_token",
        "passwordDigest",
        "token",
        "otp",
        "ssn",
        "client_secret",
        "card_number",
    ] {
        assert!(is_secret_column(name), "{name}");
    }
    for name in
        ["email", "token_count", "key", "hash", "passport_country", "pinned", "name", "card_brand", "tokens_used"]
    {
        assert!(!is_secret_column(name), "{name}");
    }
}
