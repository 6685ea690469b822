//! Keeps replies small: measures first, then narrows the command, and says what was cut.

use dbwright_policy::redis::{Args, Command};
use redis::Value;

use crate::{
    RedisError,
    server::{Argv, Redis, argv, value},
};

mod elements;

/// Elements of a collection in one reply.
pub(crate) const ELEMENTS: u64 = 200;
/// Bytes of one value in a reply.
pub(crate) const BYTES: u64 = 16 * 1024;
/// Elements that a command may walk inside the server.
const WALK: u64 = 10_000;
/// Bytes that a reply of several elements may have on its way to us.
const REPLY: u64 = 8 * 1024 * 1024;
/// Bytes of a string that its bits are counted in.
const BIT_BYTES: u64 = 16 * 1024 * 1024;
/// Steps of a comparison of two strings with each other.
const STEPS: u64 = 4_000_000;
/// Channels that are listed.
const CHANNELS: u64 = 10_000;

/// A reply and what was left out of it.
#[derive(Debug)]
pub(crate) struct Bounded {
    pub(crate) reply: Value,
    pub(crate) notices: Vec<String>,
}

/// Runs an allowed command within bounds.
///
/// # Errors
/// What the server says, or that the command would walk too much.
pub(crate) async fn run(redis: &Redis, database: u32, command: &Command) -> Result<Bounded, RedisError> {
    let call = Call { redis, database, command };
    match command.args {
        Args::Value => call.value().await,
        Args::Field => call.field().await,
        Args::Fields => call.fields().await,
        Args::Values => call.values().await,
        Args::ValueRange => call.value_range().await,
        Args::WholeHash => call.whole("HLEN", "HSCAN").await,
        Args::WholeSet => call.whole("SCARD", "SSCAN").await,
        Args::ListRange => call.index_range("LLEN").await,
        Args::SortedRange if command.option(3, "BYSCORE").is_none() && command.option(3, "BYLEX").is_none() => {
            call.index_range("ZCARD").await
        }
        Args::SortedRange | Args::SortedByValue => call.limited().await,
        Args::StreamRange => {
            let most = call.room(ELEMENTS / 2).await?;
            call.counted(3, "COUNT", most).await
        }
        Args::StreamRead => call.stream_read().await,
        Args::StreamInfo => call.stream_info().await,
        Args::StreamPending => call.stream_pending().await,
        Args::ScanKeys => call.counted(1, "COUNT", 1000).await,
        Args::ScanOne => {
            let most = call.room(ELEMENTS).await?;
            call.counted(2, "COUNT", most).await
        }
        Args::Geo => call.counted(1, "COUNT", ELEMENTS).await,
        Args::ListSearch => call.list_search().await,
        Args::Random => {
            let most = call.room(ELEMENTS).await?;
            call.clamp_at(1, most).await
        }
        Args::Count => call.clamp_at(0, 128).await,
        Args::SlotKeys => call.clamp_at(1, ELEMENTS).await,
        Args::Combine => call.combined(command.argv.get(command.first..).unwrap_or_default()).await,
        Args::CombineCounted => {
            let keys = command.arg(0).and_then(number).and_then(|keys| usize::try_from(keys).ok()).unwrap_or(0);
            let end = command.first + 1 + keys.min(40);
            call.combined(command.argv.get(command.first + 1..end).unwrap_or_default()).await
        }
        Args::Linear | Args::Sort => call.linear().await,
        Args::Product => call.product().await,
        Args::Bits => call.bits().await,
        Args::Element => call.element().await,
        Args::Channels => call.channels().await,
        Args::Search | Args::Aggregate => call.searched().await,
        Args::Series => call.counted(3, "COUNT", ELEMENTS).await,
        Args::Similar => call.similar().await,
        Args::Free | Args::MemoryUsage | Args::Setting | Args::List => call.plain().await,
    }
}

struct Call<'a> {
    redis: &'a Redis,
    database: u32,
    command: &'a Command,
}

fn whole(reply: Value) -> Bounded {
    Bounded { reply, notices: Vec::new() }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

impl Call<'_> {
    async fn ask(&self, command: &Argv) -> Result<Value, RedisError> {
        self.redis.call(self.database, command).await
    }

    async fn plain(&self) -> Result<Bounded, RedisError> {
        self.ask(&self.command.argv).await.map(whole)
    }

    /// Sends the command with other arguments, and the reason.
    async fn changed(&self, command: &Argv, notice: String) -> Result<Bounded, RedisError> {
        Ok(Bounded { reply: self.ask(command).await?, notices: vec![notice] })
    }

    /// A count that `name key` answers; a wrong type is the original command's to report.
    async fn length(&self, name: &str, key: &[u8]) -> Result<u64, RedisError> {
        let reply = self.ask(&argv([name.as_bytes(), key])).await?;
        Ok(value::count(&reply).unwrap_or(0))
    }

    async fn value(&self) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let length = self.length("STRLEN", key).await?;
        if length <= BYTES {
            return self.plain().await;
        }
        let part = argv([&b"GETRANGE"[..], key, b"0", (BYTES - 1).to_string().as_bytes()]);
        self.changed(
            &part,
            format!("the value has {length} bytes: the first {BYTES} are shown (GETRANGE reads others)"),
        )
        .await
    }

    async fn field(&self) -> Result<Bounded, RedisError> {
        let (key, field) = (self.command.arg(0).unwrap_or_default(), self.command.arg(1).unwrap_or_default());
        let length = self.ask(&argv([b"HSTRLEN", key, field])).await?;
        match value::count(&length) {
            Some(bytes) if bytes > BYTES * 64 => {
                Err(self.too_much(&format!("a field of {bytes} bytes"), "HSTRLEN, and read it from the application"))
            }
            _ => self.plain().await,
        }
    }

    async fn values(&self) -> Result<Bounded, RedisError> {
        let keys = self.command.argv.get(self.command.first..).unwrap_or_default();
        let lengths: Vec<Argv> = keys.iter().map(|key| argv([b"STRLEN", key.as_slice()])).collect();
        let lengths = self.redis.pipeline(self.database, &lengths).await?;
        // MGET answers nil for other types, so their error here only means "not long".
        let longest = lengths.iter().filter_map(|reply| value::count(reply.as_ref().ok()?)).max().unwrap_or(0);
        let share = (BYTES / keys.len().max(1) as u64).max(512);
        if longest <= share {
            return self.plain().await;
        }
        let parts: Vec<Argv> =
            keys.iter().map(|key| argv([&b"GETRANGE"[..], key, b"0", (share - 1).to_string().as_bytes()])).collect();
        let replies = self.redis.pipeline(self.database, &parts).await?;
        let reply = Value::Array(replies.into_iter().map(|reply| reply.unwrap_or(Value::Nil)).collect());
        Ok(Bounded { reply, notices: vec![format!("values are cut to {share} bytes: the longest has {longest}")] })
    }

    async fn value_range(&self) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let length = i64::try_from(self.length("STRLEN", key).await?).unwrap_or(i64::MAX);
        let (Some(start), Some(end)) = (self.command.arg(1).and_then(number), self.command.arg(2).and_then(number))
        else {
            return self.plain().await;
        };
        let (start, end) = (absolute(start, length), absolute(end, length).min(length - 1));
        let limit = i64::try_from(BYTES).unwrap_or(i64::MAX);
        if end.saturating_sub(start) < limit {
            return self.plain().await;
        }
        let part =
            argv([&b"GETRANGE"[..], key, start.to_string().as_bytes(), (start + limit - 1).to_string().as_bytes()]);
        self.changed(&part, format!("{} bytes were asked for: the first {BYTES} of them are shown", end - start + 1))
            .await
    }

    /// Commands linear in a value run when it is small.
    async fn linear(&self) -> Result<Bounded, RedisError> {
        let bytes = self.bytes().await?;
        if bytes > BYTES * 4 {
            return Err(
                self.too_much(&format!("a value of {bytes} bytes"), "GETRANGE, LRANGE, SSCAN or ZSCAN in parts")
            );
        }
        self.plain().await
    }

    /// Bytes of the first key's value, by sample.
    async fn bytes(&self) -> Result<u64, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let usage = self.ask(&argv([&b"MEMORY"[..], b"USAGE", key, b"SAMPLES", b"5"])).await?;
        Ok(value::count(&usage).unwrap_or(0))
    }

    async fn fields(&self) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let fields = self.command.argv.get(self.command.first + 1..).unwrap_or_default();
        let lengths: Vec<Argv> = fields.iter().map(|field| argv([b"HSTRLEN", key, field.as_slice()])).collect();
        let lengths = self.redis.pipeline(self.database, &lengths).await?;
        let total: u64 = lengths.iter().filter_map(|reply| value::count(reply.as_ref().ok()?)).sum();
        if total > REPLY {
            return Err(self.too_much(&format!("fields of {total} bytes"), "fewer fields, or HSTRLEN"));
        }
        self.plain().await
    }

    /// The matrix of LCS has one cell for each pair of bytes.
    async fn product(&self) -> Result<Bounded, RedisError> {
        let mut steps = 1;
        for key in self.command.argv.iter().skip(self.command.first).take(2) {
            steps *= self.length("STRLEN", key).await?.clamp(1, u64::from(u32::MAX));
        }
        if steps > STEPS {
            return Err(self.too_much(&format!("{steps} pairs of bytes"), "GETRANGE, and compare in the application"));
        }
        self.plain().await
    }

    async fn bits(&self) -> Result<Bounded, RedisError> {
        let length = self.length("STRLEN", self.command.arg(0).unwrap_or_default()).await?;
        if length > BIT_BYTES {
            return Err(self.too_much(&format!("a string of {length} bytes"), "BITFIELD_RO or GETBIT"));
        }
        self.plain().await
    }

    fn too_much(&self, what: &str, instead: &str) -> RedisError {
        let command = self.command.name.replace('|', " ");
        RedisError::Server {
            reason: format!("not sent, it would walk {what} while nobody else is served; use {instead}"),
            command,
        }
    }
}

/// An index from the start, where negative ones count from the end.
fn absolute(index: i64, length: i64) -> i64 {
    if index < 0 { (length + index).max(0) } else { index }
}
