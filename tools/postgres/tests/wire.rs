//! What really goes over the wire: foreign text never travels in a simple-protocol message.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::{Arc, Mutex};

use dbwright_contract::ToolError;
use dbwright_postgres::{Database, DatabaseConfig, Limits, Statement, run_statement};
use support::{Fixture, cx};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

/// A frontend message: its type and its body.
type Message = (u8, Vec<u8>);

/// Stands between client and server and keeps what the client says.
struct Wiretap {
    folder: tempfile::TempDir,
    heard: Arc<Mutex<Vec<Message>>>,
}

impl Wiretap {
    fn start(server: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let heard: Arc<Mutex<Vec<Message>>> = Arc::default();
        let kept = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, UnixStream::connect(&server).await.unwrap(), Arc::clone(&kept)));
            }
        });
        Self { folder, heard }
    }

    fn database(&self, name: &str) -> Database {
        let url = format!("postgres://postgres@localhost/{name}?sslmode=disable&host={}", self.folder.path().display());
        Database::new(DatabaseConfig::new("app", url)).unwrap()
    }
}

async fn relay(client: UnixStream, server: UnixStream, heard: Arc<Mutex<Vec<Message>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    // The start-up message has no type.
    let Ok(start) = body(&mut from_client).await else { return };
    to_server.write_all(&frame(None, &start)).await.unwrap();
    while let Ok(kind) = from_client.read_u8().await {
        let body = body(&mut from_client).await.unwrap();
        to_server.write_all(&frame(Some(kind), &body)).await.unwrap();
        heard.lock().unwrap().push((kind, body));
    }
}

async fn body(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u32().await? as usize;
    let mut body = vec![0; length - 4];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

fn frame(kind: Option<u8>, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    kind.into_iter().chain(length).chain(body.iter().copied()).collect()
}

fn says(message: &Message, text: &str) -> bool {
    message.1.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn foreign_text_is_parsed_and_never_queried() {
    let fixture = Fixture::new("wire").await;
    let tap = Wiretap::start(format!("{}/.s.PGSQL.5432", fixture.socket()));
    let db = tap.database(fixture.database.name());
    const MARKER: &str = "foreign_text";
    for sql in [
        "SELECT 1 AS foreign_text",
        "SELECT 1 AS foreign_text WHERE false",
        "SELECT 1 AS foreign_text; DROP TABLE foreign_text",
        "COMMIT; SELECT 'foreign_text'",
        "/* foreign_text */ EXPLAIN SELECT 1; SELECT 2",
        "SHOW foreign_text",
        "SELECT foreign_text FROM foreign_text",
        "\\foreign_text",
    ] {
        let statements = [
            Statement::Verbatim(sql),
            Statement::Explain { options: "ANALYZE", sql },
            Statement::ExplainGeneric { options: "COSTS OFF", sql, parameters: 0 },
        ];
        for statement in statements {
            let outcome = run_statement(&db, &cx(), statement, Limits::default()).await;
            let refused = matches!(outcome, Err(ToolError::Refused(_)));
            let heard = std::mem::take(&mut *tap.heard.lock().unwrap());
            let foreign: Vec<u8> =
                heard.iter().filter(|message| says(message, MARKER)).map(|(kind, _)| *kind).collect();
            // `P` is Parse, `Q` a simple query; `B` binds names that the catalog is asked about.
            // What the policy refuses is not sent at all.
            assert!(refused || foreign.contains(&b'P'), "{sql}: {foreign:?}");
            assert!(foreign.iter().all(|kind| [b'P', b'B'].contains(kind)), "{sql}: {foreign:?}");
            assert!(heard.iter().any(|(kind, _)| *kind == b'Q'), "the transaction itself is ours");
        }
    }
}
