use reqwest::header::HeaderValue;
use serde_json::json;

use super::*;

fn blame() -> Blame {
    Blame { endpoint: "api.example".to_owned(), redactor: Redactor::new().knows("key-1234567890".to_owned().into()) }
}

fn failure(status: u16, headers: &[(&'static str, &str)], body: &str) -> ModelError {
    let headers =
        headers.iter().map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect();
    blame().status(status, &headers, body)
}

#[test]
fn statuses_by_what_can_be_done() {
    for (status, retryable) in
        [(401, false), (403, false), (400, false), (404, false), (422, false), (413, false), (302, false)]
            .into_iter()
            .chain([408, 409, 429, 500, 502, 503, 504, 529].map(|status| (status, true)))
    {
        assert_eq!(failure(status, &[], "{}").is_retryable(), retryable, "{status}");
    }
    assert!(matches!(failure(401, &[], "{}"), ModelError::Unauthorized { status: 401, .. }));
    let quota = r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#;
    assert!(!failure(429, &[], quota).is_retryable());
}

#[test]
fn the_endpoints_words_in_every_shape() {
    for (body, words) in [
        (r#"{"error":{"message":"no such model","code":"model_not_found"}}"#, "no such model"),
        (r#"{"object":"error","message":"no such model","code":404}"#, "no such model"),
        (r#"{"error":"no such model"}"#, "no such model"),
        (r#"[{"error":{"code":404,"message":"no such model"}}]"#, "no such model"),
        (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, "field required"),
        ("<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"),
        ("<html><body>x</body></html>", "a web page instead of an answer"),
        ("not found", "not found"),
        ("", "no explanation"),
        ("a\u{1b}[31m\n\tb", "a [31m b"),
    ] {
        let ModelError::Refused { message, .. } = failure(404, &[], body) else { panic!("{body}") };
        assert_eq!(message, words);
    }
    let ModelError::Refused { message, .. } = failure(400, &[], &"long ".repeat(1000)) else { panic!("refused") };
    assert!(message.len() < 520 && message.ends_with('…'));
}

#[test]
fn the_key_is_never_repeated() {
    let error = failure(401, &[], r#"{"error":{"message":"Incorrect API key provided: key-1234567890."}}"#);
    assert!(!error.to_string().contains("1234567890"), "{error}");
    assert!(error.to_string().contains("api.example"));
}

#[test]
fn how_long_to_wait() {
    let wait = |headers: &[(&'static str, &str)], body: &str| failure(429, headers, body).retry_after();
    assert_eq!(wait(&[("retry-after", "2")], ""), Some(Duration::from_secs(2)));
    assert_eq!(wait(&[("retry-after", "0.5")], ""), Some(Duration::from_millis(500)));
    assert_eq!(wait(&[("retry-after", "2"), ("retry-after-ms", "1500")], ""), Some(Duration::from_millis(1500)));
    assert_eq!(wait(&[("retry-after", "-1")], ""), None);
    assert_eq!(wait(&[("retry-after", "1e300")], ""), None);
    assert_eq!(wait(&[], ""), None);
    let google =
        json!([{"error": {"message": "x", "details": [{"@type": "Help"}, {"retryDelay": "17s"}]}}]).to_string();
    assert_eq!(wait(&[], &google), Some(Duration::from_secs(17)));
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("Wed, 21 Oct 2026 07:28:30 GMT"));
    let now = DateTime::parse_from_rfc2822("Wed, 21 Oct 2026 07:28:00 GMT").unwrap().to_utc();
    assert_eq!(retry_after(&headers, &Value::Null, now), Some(Duration::from_secs(30)));
    assert_eq!(retry_after(&headers, &Value::Null, now + Duration::from_secs(60)), None);
}
