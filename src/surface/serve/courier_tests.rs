use std::sync::{
    Mutex,
    atomic::{AtomicU32, Ordering},
};

use axum::{Router, body::Bytes, http::StatusCode, response::Redirect, routing::post};
use tokio::net::TcpListener;

use super::*;

/// A receiver on this machine, and what it was sent.
struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

async fn receiver(answers: Vec<StatusCode>) -> Receiver {
    let got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>> = Arc::default();
    let kept = Arc::clone(&got);
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    let take = move |headers: HeaderMap, body: Bytes| {
        kept.lock().unwrap().push((headers, body));
        std::future::ready(answers.lock().unwrap().next().unwrap_or(StatusCode::OK))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let elsewhere = format!("http://{address}/hook");
    let router = Router::new()
        .route("/hook", post(take))
        .route("/away", post(move || std::future::ready(Redirect::temporary(&elsewhere))));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Receiver { address, got }
}

fn notice(url: String) -> Notice {
    Notice { url, body: b"{\"a\":1}".to_vec(), token: Some("key".to_owned().into()), headers: Vec::new() }
}

fn listed(hosts: &[String]) -> Courier {
    Courier::new(hosts)
}

/// A courier for whom every name has the addresses that `resolve` gives, one set after another.
fn resolving(listed: &[String], answers: Vec<Vec<SocketAddr>>) -> (Courier, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let resolve: Resolve = Arc::new(move |_, _| {
        let at = count.fetch_add(1, Ordering::SeqCst) as usize;
        let answer = answers.get(at.min(answers.len() - 1)).cloned().unwrap();
        Box::pin(async move { Ok(answer) })
    });
    (Courier { listed: listed.into(), resolve }, asked)
}

#[test]
fn the_signature_is_the_standard_one() {
    // RFC 4231, test cases 2 and 6.
    assert_eq!(
        signature(b"Jefe", b"what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        signature(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}

#[tokio::test]
async fn a_listed_receiver_gets_it_with_token_and_signature() {
    let receiver = receiver(vec![]).await;
    let courier = listed(&[receiver.address.to_string()]);
    courier.deliver(&notice(format!("http://{}/hook", receiver.address))).await.unwrap();
    let got = receiver.got.lock().unwrap();
    let (headers, body) = &got[0];
    assert_eq!(&body[..], b"{\"a\":1}");
    assert_eq!(headers["x-a2a-notification-token"], "key");
    assert_eq!(headers[SIGNATURE], format!("sha256={}", signature(b"key", body)));
}

#[tokio::test]
async fn what_is_inside_is_never_dialled_unless_it_is_listed() {
    let receiver = receiver(vec![]).await;
    let port = receiver.address.port();
    for url in [
        format!("http://127.0.0.1:{port}/hook"),
        format!("https://127.0.0.1:{port}/hook"),
        format!("https://[::ffff:127.0.0.1]:{port}/hook"),
        format!("https://2130706433:{port}/hook"),
        format!("https://localhost:{port}/hook"),
        format!("https://hooks.example.org@127.0.0.1:{port}/hook"),
    ] {
        let error = listed(&[]).deliver(&notice(url.clone())).await.unwrap_err();
        assert!(matches!(error, Undelivered::Refused(_)), "{url}: {error}");
    }
    assert!(receiver.got.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_name_is_asked_once_and_all_its_addresses_must_be_outside() {
    let inner: SocketAddr = "127.0.0.1:443".parse().unwrap();
    let outer: SocketAddr = "8.8.8.8:443".parse().unwrap();
    for answers in [vec![inner], vec![outer, inner], vec!["[::ffff:10.0.0.1]:443".parse().unwrap()]] {
        let (courier, asked) = resolving(&[], vec![answers]);
        let error = courier.deliver(&notice("https://rebind.example.org/x".into())).await.unwrap_err();
        assert!(matches!(&error, Undelivered::Refused(refusal) if refusal.rule == "http.inner_address"), "{error}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
    // Rebinding: the second answer would lead elsewhere, and nobody asks for it, retries included.
    let receiver = receiver(vec![StatusCode::SERVICE_UNAVAILABLE]).await;
    let hosts = [format!("hooks.lan:{}", receiver.address.port())];
    let (courier, asked) = resolving(&hosts, vec![vec![receiver.address], vec!["127.0.0.1:1".parse().unwrap()]]);
    let url = format!("http://hooks.lan:{}/hook", receiver.address.port());
    courier.deliver(&notice(url)).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(receiver.got.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn redirects_are_not_followed_and_refusals_not_repeated() {
    let receiver = receiver(vec![StatusCode::GONE]).await;
    let courier = listed(&[receiver.address.to_string()]);
    let error = courier.deliver(&notice(format!("http://{}/away", receiver.address))).await.unwrap_err();
    assert!(error.to_string().contains("307"), "{error}");
    assert!(receiver.got.lock().unwrap().is_empty(), "the redirect was followed");
    courier.deliver(&notice(format!("http://{}/hook", receiver.address))).await.unwrap_err();
    assert_eq!(receiver.got.lock().unwrap().len(), 1, "410 was tried again");
}

#[tokio::test(start_paused = true)]
async fn tries_are_bounded_and_the_error_names_the_host_only() {
    let (courier, _) = resolving(&["hooks.lan".into()], vec![vec!["127.0.0.1:1".parse().unwrap()]]);
    let mut notice = notice("http://hooks.lan:1/secret-path?token=hunter22".into());
    let error = courier.deliver(&notice).await.unwrap_err().to_string();
    assert!(
        error.starts_with("hooks.lan: ") && !error.contains("hunter22") && !error.contains("secret-path"),
        "{error}"
    );
    notice.token = Some("a\r\nHost: x".to_owned().into());
    assert!(matches!(courier.deliver(&notice).await, Err(Undelivered::Header)));
}
