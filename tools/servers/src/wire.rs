//! Just enough of PostgreSQL's protocol to ask one of our own servers whether it answers and to
//! make and drop databases: one statement over the local socket, without password or rows.
//!
//! It spares this crate a driver and a runtime, so that it works in `Drop`.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

/// Name of the superuser and of the database that every server of ours has.
pub(crate) const SUPERUSER: &str = "postgres";

const PROTOCOL: u32 = 196_608; // 3.0
const LONGEST_MESSAGE: usize = 1 << 20;
const LIMIT: Duration = Duration::from_secs(60);

/// Runs one statement on `database`; an error carries the server's message.
pub(crate) fn execute(socket: &Path, database: &str, statement: &str) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut startup = PROTOCOL.to_be_bytes().to_vec();
    for text in ["user", SUPERUSER, "database", database, ""] {
        startup.extend_from_slice(text.as_bytes());
        startup.push(0);
    }
    stream.write_all(&framed(&startup)?)?;
    until_ready(&mut stream)?;
    let mut query = statement.as_bytes().to_vec();
    query.push(0);
    stream.write_all(b"Q")?;
    stream.write_all(&framed(&query)?)?;
    until_ready(&mut stream)?;
    stream.write_all(&[b'X', 0, 0, 0, 4])
}

/// The body with its length, which counts itself.
fn framed(body: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(body.len() + 4).map_err(|_| invalid("statement too long"))?;
    Ok([&length.to_be_bytes(), body].concat())
}

/// Reads messages up to ReadyForQuery; fails with the first error among them.
fn until_ready(stream: &mut UnixStream) -> io::Result<()> {
    let mut failure = None;
    loop {
        let mut kind = [0; 1];
        if let Err(error) = stream.read_exact(&mut kind) {
            // After a fatal error the server hangs up without ReadyForQuery.
            return Err(failure.unwrap_or(error));
        }
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if !(4..LONGEST_MESSAGE).contains(&length) {
            return Err(invalid("message length out of range"));
        }
        let mut body = vec![0; length - 4];
        stream.read_exact(&mut body)?;
        match kind {
            [b'Z'] => return failure.map_or(Ok(()), Err),
            [b'E'] => failure = failure.or_else(|| Some(io::Error::other(message(&body)))),
            [b'R'] if body != [0; 4] => return Err(invalid("the server asks for a password")),
            _ => {}
        }
    }
}

/// The human text of an ErrorResponse: the field `M`.
fn message(body: &[u8]) -> String {
    let mut fields = body.split(|byte| *byte == 0);
    let text = fields.find_map(|field| field.strip_prefix(b"M")).unwrap_or(b"no message");
    String::from_utf8_lossy(text).into_owned()
}

fn invalid(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
