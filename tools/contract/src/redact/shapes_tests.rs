use super::*;

/// Each text holds `LEAK` (or what follows `|`) and must not afterwards.
const SECRETS: &[(&str, &str)] = &[
    ("postgres://app:hunter22@localhost/app", "hunter22"),
    ("postgres://app:p@ss/w0rd@localhost:5432/app?x=1", "ss/w0rd"),
    ("postgres://app:p%40ss%2Fw0rd@localhost/app", "p%40ss"),
    ("redis://:hunter22@127.0.0.1:6379", "hunter22"),
    ("error: invalid url redis://default:s3cr3t@cache:6379/0: refused", "s3cr3t"),
    ("https://a8f3b2c1d4e5f6a7b8c9d0e1@git.example/repo", "a8f3b2c1"),
    ("https://x-access-token:ghs_abc@github.com/r", "ghs_abc"),
    ("host=h password=hunter22 dbname=d", "hunter22"),
    ("host=h password='hunter 22' dbname=d", "hunter 22"),
    ("PGPASSWORD=letmein psql", "letmein"),
    ("export DB_PASSWORD=\"swordfish\"", "swordfish"),
    ("APP_DB_PASSWORD: swordfish9", "swordfish9"),
    ("ALTER ROLE a PASSWORD = 'hunter 22'", "hunter 22"),
    ("CREATE ROLE a LOGIN PASSWORD 'Good''Pw-1'", "Good"),
    ("CREATE ROLE a PASSWORD $$dollar9$$", "dollar9"),
    ("CREATE USER m IDENTIFIED BY 'secret-77'", "secret-77"),
    (r#"{"password": "hunter22"}"#, "hunter22"),
    (r#"{\"db_password\":\"hunter22\",\"n\":1}"#, "hunter22"),
    ("{'password': 'hunter22'}", "hunter22"),
    ("password: hunter22\nuser: app", "hunter22"),
    ("client_secret = aB3-xyz", "aB3-xyz"),
    ("api_key=0a1b2c3d", "0a1b2c3d"),
    ("GET /v1?access_token=abc123def&x=1", "abc123def"),
    ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
    ("authorization: basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("X-Api-Key: 4f9a8b7c6d", "4f9a8b7c6d"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
    (r#""private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n""#, "MIIE"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "eyJzdWIiOiIxMjM0In0"),
    ("sk-abcdefghijklmnop1234", "abcdefghijklmnop"),
    ("key sk-ant-api03-abcdefghij1234567890", "api03-abcdefghij"),
    ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"),
    ("github_pat_11ABCDEFG0abcdefghijkl_mnop", "11ABCDEFG0"),
    ("glpat-abcdefghij1234567890", "abcdefghij12"),
    ("xoxb-123456789012-abcdefghij", "123456789012"),
    ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", "B00000000"),
    ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyj"),
    ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "SyA1234567890"),
    ("ya29.a0AfH6SMBabcdefghij1234567890", "a0AfH6SMB"),
    ("DefaultEndpointsProtocol=https;AccountKey=abcdEFGH1234567890abcd==;", "abcdEFGH1234"),
    ("https://x.blob.core.windows.net/c?sv=1&sig=abcdefghij%2B1234567890", "abcdefghij"),
    ("md5d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204"),
    ("SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy", "c2FsdA"),
    ("$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234", "abcdefghijklmnop"),
    ("# conf\nrequirepass foobared\nmaxmemory 1gb", "foobared"),
    ("    4  requirepass foobared", "foobared"),
    ("etc/redis.conf:12:requirepass foobared", "foobared"),
    ("CONFIG SET requirepass foobared", "foobared"),
    ("1) \"requirepass\"\n2) \"foobared\"", "foobared"),
    ("AUTH default foobared", "foobared"),
    ("> AUTH foobared", "foobared"),
    ("1700000000.1 [0 127.0.0.1:1] \"AUTH\" \"app\" \"foobared\"", "foobared"),
    ("[\"AUTH\",\"app\",\"foobared\"]", "foobared"),
    ("ACL SETUSER app on >foobared ~* +@all", "foobared"),
    ("ACL SETUSER app on >one1 >two2 ~*", "two2"),
    ("user app on #9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 ~* +@all", "9f86d081"),
    ("redis-cli -h cache -a foobared ping", "foobared"),
    ("tool --password hunter22 --x", "hunter22"),
    ("curl -u admin:hunter22 localhost", "hunter22"),
    ("localhost:5432:app:app:hunter22", "hunter22"),
];

/// Text that must come back as it is.
const ORDINARY: &[&str] = &[
    "SELECT id, password_hash FROM users WHERE token_id = $1 -- commit 0c5a76cc",
    "SELECT 1 FROM orders WHERE total > 5",
    "UPDATE users SET password = $2, token = ? WHERE id = :id",
    "INSERT INTO users (password) VALUES (crypt($1, gen_salt('bf')))",
    "UPDATE users SET password = excluded.password, secret = crypt(secret, salt)",
    "SELECT * FROM a JOIN b ON a.token = b.token AND a.secret=b.secret",
    "password_encryption = scram-sha-256",
    "max_token: 5\ninput_tokens=120 output_tokens=40",
    "http://localhost:3000/users see mail to dba@example.org",
    "https://registry.example:443/@scope/package",
    "postgres://readonly@db.internal:5432/app",
    "requirepass is not set: anybody who reaches the port can read everything",
    "the bearer of this message; basic authentication is off",
    "password: required\nsecret: none",
    "ON CONFLICT (token) DO NOTHING",
    "CREATE TABLE users (password text NOT NULL, api_key text)",
    "cart:5432:items:user:19",
    "task-scheduler-of-many-words disk-usage-report",
    "export PGPASSWORD=$PGPASSWORD",
    "password='' and password=\"${DB_PASSWORD}\" and password=****",
    "AUTHORIZATION app; \"auth\", \"users\"",
    "the query md5(random()::text) took 12 ms, index idx_users_password",
    "NOAUTH Authentication required.",
    "Filter: (token = ANY ($1)), Rows Removed by Filter: 880171",
];

#[test]
fn every_pattern_compiles() {
    assert!(COMPILED.is_some());
}

#[test]
fn secrets_are_replaced_and_nothing_else_of_their_text_is_lost() {
    for (text, leaked) in SECRETS {
        let clean = without_shapes(text);
        assert!(!clean.contains(leaked), "{leaked} left in {clean}");
        assert!(clean.contains(REDACTED), "{clean}");
        assert_eq!(without_shapes(&clean), clean, "a second pass changes it");
        // In the middle of other text, and as a JSON string.
        let among = format!("before\n{text}\nafter");
        assert!(!without_shapes(&among).contains(leaked), "{among}");
    }
}

#[test]
fn ordinary_text_is_borrowed() {
    for text in ORDINARY {
        let clean = without_shapes(text);
        assert!(matches!(clean, Cow::Borrowed(_)), "{text}\n{clean}");
    }
}
