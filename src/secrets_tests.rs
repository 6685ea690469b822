use super::*;

#[test]
fn variables_count_by_their_name_and_by_the_urls_in_them() {
    let env: HashMap<String, String> = [
        ("PGPASSWORD", "correct-horse"),
        ("OPENAI_API_KEY", "abcdefgh-key"),
        ("GITHUB_TOKEN", "tok-en-1234"),
        ("DATABASE_URL", "postgres://app:p%40ss/w@rd-9@h/d"),
        ("EDITOR", "a-very-long-editor"),
        ("SSH_KEY", "short"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let redactor = of_environment(&env).fold(Redactor::new(), Redactor::knows);
    let text = "correct-horse abcdefgh-key tok-en-1234 p%40ss/w@rd-9 p@ss/w@rd-9 a-very-long-editor short";
    let hidden = "[redacted] [redacted] [redacted] [redacted] [redacted] a-very-long-editor short";
    assert_eq!(redactor.redact(text), hidden);
}
