//! Secrets stand everywhere; none of them leaves by any way out.

use dbwright_servers::{RedisOptions, testing};
use serde_json::{Value, json};

use crate::{
    support::{
        model_server::{Answer, ModelServer},
        program::{Ended, Home},
    },
    surface::client::{Daemon, message},
};

/// Where it stands, the text around it, and what must never be seen again.
const PLANTED: &[(&str, &str, &str)] = &[
    ("row", "replica postgres://app:Row0Secr3t@db.internal/app", "Row0Secr3t"),
    ("row", "host=h user=u password=Row1Secr3t", "Row1Secr3t"),
    ("row", "Authorization: Bearer Row2Secr3tRow2Secr3t", "Row2Secr3t"),
    ("row", "-----BEGIN PRIVATE KEY-----\nRow3Secr3tMIIEvQ\n-----END PRIVATE KEY-----", "Row3Secr3t"),
    ("row", "eyJhbGciOiJIUzI1NiJ9.eyJSb3c0U2VjcjN0.c2lnbmF0dXJl", "eyJSb3c0U2VjcjN0"),
    ("row", "AKIAROW5SECR3TROW5SE", "ROW5SECR3T"),
    ("row", "ghp_Row6Secr3tRow6Secr3tRow6Secr3t00", "Row6Secr3t"),
    ("row", "xoxb-000000000000-Row7Secr3t", "Row7Secr3t"),
    ("row", "sk_live_Row8Secr3tRow8Secr3t", "Row8Secr3t"),
    ("row", "{\"db_password\": \"Row9Secr3t\"}", "Row9Secr3t"),
    ("row", "SCRAM-SHA-256$4096:Um93QVNlY3I=$a:b", "Um93QVNlY3I"),
    ("row", "md50123456789abcdef0123456789abcdef", "0123456789abcdef0123"),
    ("row", "aws_secret_access_key = RowBSecr3t/RowBSecr3t/RowBSecr3t/RowB0000", "RowBSecr3t"),
    ("row", "AccountKey=RowCSecr3tRowCSecr3t==;", "RowCSecr3t"),
    ("file", "SMTP_PASSWORD=File0Secr3t", "File0Secr3t"),
    ("file", "api_key: File1Secr3t", "File1Secr3t"),
    ("file", "https://x-token:File2Secr3t@git.internal/r.git", "File2Secr3t"),
    ("file", "requirepass File3Secr3t", "File3Secr3t"),
    ("value", "{\"token\":\"Value0Secr3t\",\"n\":1}", "Value0Secr3t"),
    ("value", "redis://:Value1Secr3t@cache:6379/0", "Value1Secr3t"),
    ("error", "postgres://u:Error0Secr3t@h/d", "Error0Secr3t"),
    ("error", "glpat-Error1Secr3tError1Secr", "Error1Secr3t"),
    ("column", "Column0Secr3t", "Column0Secr3t"),
    ("environment", "Env0Secr3tEnv0", "Env0Secr3t"),
    ("dsn", "Dsn0Secr3tDsn0", "Dsn0Secr3t"),
    ("answer", "password=Answer0Secr3t", "Answer0Secr3t"),
];

fn of(place: &str) -> impl Iterator<Item = &'static str> {
    PLANTED.iter().filter(move |(known, ..)| *known == place).map(|(_, text, _)| *text)
}

fn assert_none_in(sink: &str, text: &str) {
    for (_, _, secret) in PLANTED {
        if let Some(at) = text.find(secret) {
            let from = text.floor_char_boundary(at.saturating_sub(120));
            let until = text.floor_char_boundary((at + 120).min(text.len()));
            panic!("{secret} in {sink}: …{}…", &text[from..until]);
        }
    }
}

fn assert_none_in_files(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            assert_none_in_files(&path);
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            assert_none_in(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Reads every place, then says what it has learned, a secret in two pieces.
fn script(n: usize) -> Answer {
    if n % 2 == 1 {
        let secret = of("answer").next().unwrap();
        let (left, right) = secret.split_at(12);
        let words = ["I found ", left, right, " and ", "Dsn0Sec", "r3tDsn0", ". That is all.\n"];
        let mut events: Vec<Value> =
            words.iter().map(|word| crate::support::model_server::delta(&json!({"content": word}))).collect();
        events.extend([crate::support::model_server::finish("stop"), crate::support::model_server::usage()]);
        return Answer::events(&events);
    }
    let mut calls = vec![
        ("psql", json!({"sql": "SELECT body FROM planted ORDER BY id"})),
        ("psql", json!({"sql": "SELECT password FROM planted"})),
        ("psql", json!({"sql": format!("SELECT {} AS note", quoted("password=Answer0Secr3t"))})),
        ("describe", json!({"name": "planted"})),
        ("Read", json!({"path": "settings.txt"})),
        ("redis_cli", json!({"command": "GET planted:0"})),
        ("redis_cli", json!({"command": "GET planted:1"})),
        ("redis_cli", json!({"command": "CONFIG GET requirepass"})),
    ];
    calls.extend(of("error").map(|text| ("psql", json!({"sql": format!("SELECT {}::int", quoted(text))}))));
    Answer::calls("", &calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_six_secrets_and_no_way_out() {
    let database = testing::postgres().await.database("secrets").await;
    let redis = testing::own_redis(RedisOptions::default()).await;
    let mut sql = String::from("CREATE TABLE planted (id serial PRIMARY KEY, body text, password text);");
    for text in of("row") {
        sql.push_str(&format!(
            "INSERT INTO planted (body, password) VALUES ({}, {});",
            quoted(text),
            quoted("Column0Secr3t")
        ));
    }
    let psql = testing::postgres_binaries().program("psql");
    let ran = std::process::Command::new(psql).args(["-Xq", "-d", &database.url(), "-c", &sql]).status().unwrap();
    assert!(ran.success());
    for (at, text) in of("value").enumerate() {
        let key = format!("planted:{at}");
        let ran =
            std::process::Command::new("redis-cli").arg("-s").arg(redis.socket()).args(["SET", &key, text]).output();
        assert!(ran.unwrap().status.success());
    }
    let home = Home::new();
    std::fs::write(home.project().join("settings.txt"), of("file").collect::<Vec<_>>().join("\n")).unwrap();
    // Everybody is let in, so that a password in the address changes nothing but what there is to hide.
    let with_password = database.url().replacen("postgres@", "postgres:Dsn0Secr3tDsn0@", 1);
    assert!(with_password.contains("Dsn0Secr3t"), "{with_password}");
    let address = home.path().join("address");
    std::fs::write(&address, &with_password).unwrap();
    let address = format!("@{}", address.display());
    let redis_url = redis.url();
    let servers = ["--db", &address, "--redis", &redis_url];
    let model = ModelServer::start_with(|n, _| script(n)).await;
    let run = |arguments: Vec<&str>| {
        let mut command = home.command_with_model(&model.base_url(), &arguments);
        command.env("SMTP_TOKEN", "Env0Secr3tEnv0").env("DBWRIGHT_LOG", "trace");
        async move {
            let output = command.output().await.unwrap();
            Ended {
                code: output.status.code().unwrap_or(-1),
                stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            }
        }
    };
    for arguments in [
        &["ask", "--json", "-v", "what is in planted? My token is Env0Secr3tEnv0"][..],
        &["ask", "again"],
        &["review"],
        &["review", "--format", "html"],
        &["check"],
        &["check", "--format", "json"],
    ] {
        let ended = run([arguments, &servers].concat()).await;
        assert!(ended.code == 0 || ended.code == 10, "{arguments:?}: {ended:?}");
        assert_none_in(&format!("stdout of {arguments:?}"), &ended.stdout);
        assert_none_in(&format!("stderr of {arguments:?}"), &ended.stderr);
    }
    // A server that is not there: errors name hosts, never passwords.
    let gone = run(vec!["ask", "--json", "x", "--db", "postgres://u:Dsn0Secr3tDsn0@127.0.0.1:1/d"]).await;
    assert_none_in("an error", &format!("{}{}", gone.stdout, gone.stderr));
    assert!(gone.stderr.contains("list of processes"), "{}", gone.stderr);
    let broken = run(vec!["check", "--db", "mysql://u:Dsn0Secr3tDsn0@h/d"]).await;
    assert_none_in("a wrong address", &format!("{}{}", broken.stdout, broken.stderr));
    {
        let daemon = Daemon::with_model(&home, &model.base_url(), &servers).await;
        let answer = daemon.rpc("SendMessage", json!({"message": message("what is in planted?")})).await;
        assert!(answer["result"]["task"].is_object(), "{answer:#}");
        assert_none_in("the answer of a task", &answer.to_string());
    }
    for asked in model.asked() {
        assert_none_in("a request to the model", &asked.body.to_string());
    }
    assert_none_in_files(&home.path().join("state"));
}
