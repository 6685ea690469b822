//! Keeping the beginning and the end of what a program prints.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes kept from the beginning, and from the end.
const KEPT: usize = 16 * 1024;

/// Reads to the end, keeps the two ends and says what was left out between them.
pub(super) async fn drain(mut from: impl AsyncRead + Unpin) -> String {
    let mut head = Vec::new();
    let mut tail = VecDeque::new();
    let mut omitted = 0usize;
    let mut buffer = vec![0u8; 8192];
    // An error here is the end of the pipe, which is all there is to know.
    while let Ok(read) = from.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - head.len()));
        head.extend_from_slice(first);
        tail.extend(rest);
        let over = tail.len().saturating_sub(KEPT);
        tail.drain(..over);
        omitted += over;
    }
    let mut text = String::from_utf8_lossy(&head).into_owned();
    if omitted > 0 {
        text.push_str(&format!("\n[{omitted} bytes left out]\n"));
    }
    text.push_str(&String::from_utf8_lossy(tail.make_contiguous()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_ends_are_kept() {
        let long = [vec![b'a'; KEPT], vec![b'b'; 5000], vec![b'c'; KEPT]].concat();
        let text = drain(long.as_slice()).await;
        assert!(text.starts_with("aaa") && text.ends_with("ccc"));
        assert!(text.contains("[5000 bytes left out]") && !text.contains('b'.to_string().repeat(2).as_str()));
        assert_eq!(drain(&b"short"[..]).await, "short");
    }
}
