//! Keeps replies small: measures first, then narrows the command, and says what was cut.

use dbwright_policy::redis::{Args, Command};
use redis::Value;

use crate::{
    RedisError,
    server::{Argv, Redis, argv, value},
};

/// Elements of a collection in one reply.
pub(crate) const ELEMENTS: u64 = 200;
/// Bytes of one value in a reply.
pub(crate) const BYTES: u64 = 16 * 1024;
/// Elements that a command may walk inside the server.
const WALK: u64 = 10_000;

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
        Args::Values => call.values().await,
        Args::ValueRange => call.value_range().await,
        Args::WholeHash => call.whole("HLEN", "HSCAN").await,
        Args::WholeSet => call.whole("SCARD", "SSCAN").await,
        Args::ListRange => call.index_range("LLEN").await,
        Args::SortedRange if command.option(3, "BYSCORE").is_none() && command.option(3, "BYLEX").is_none() => {
            call.index_range("ZCARD").await
        }
        Args::SortedRange | Args::SortedByValue => call.limited().await,
        Args::StreamRange => call.counted(3, "COUNT", ELEMENTS / 2).await,
        Args::StreamRead => call.stream_read().await,
        Args::StreamPending => call.stream_pending().await,
        Args::ScanKeys => call.counted(1, "COUNT", 1000).await,
        Args::ScanOne => call.counted(2, "COUNT", ELEMENTS).await,
        Args::Geo => call.counted(1, "COUNT", ELEMENTS).await,
        Args::ListSearch => call.list_search().await,
        Args::Random => call.clamp_at(1, ELEMENTS).await,
        Args::Count => call.clamp_at(0, 128).await,
        Args::SlotKeys => call.clamp_at(1, ELEMENTS).await,
        Args::Combine => call.combined(command.argv.get(command.first..).unwrap_or_default()).await,
        Args::CombineCounted => {
            let keys = command.arg(0).and_then(number).and_then(|keys| usize::try_from(keys).ok()).unwrap_or(0);
            let end = command.first + 1 + keys.min(40);
            call.combined(command.argv.get(command.first + 1..end).unwrap_or_default()).await
        }
        Args::Linear => {
            let keys = if command.name == "LCS" { 2 } else { 1 };
            call.linear(command.argv.get(command.first..command.first + keys).unwrap_or_default()).await
        }
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

    /// HGETALL, HKEYS, HVALS, SMEMBERS: whole when small, else one page of the scan.
    async fn whole(&self, length: &str, scan: &str) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let size = self.length(length, key).await?;
        if size <= ELEMENTS {
            return self.plain().await;
        }
        let page = self.ask(&argv([scan.as_bytes(), key, b"0", b"COUNT", ELEMENTS.to_string().as_bytes()])).await?;
        let (_, items) = value::scan(page).ok_or_else(|| RedisError::Reply {
            command: scan.to_owned(),
            reason: "no cursor and elements".to_owned(),
        })?;
        let step = if scan == "HSCAN" { 2 } else { 1 };
        let limit = usize::try_from(ELEMENTS).unwrap_or(usize::MAX);
        let elements = items.chunks(step).take(limit);
        let kept: Vec<Value> = match self.command.name {
            "HKEYS" => elements.filter_map(|pair| pair.first().cloned()).collect(),
            "HVALS" => elements.filter_map(|pair| pair.get(1).cloned()).collect(),
            _ => elements.flatten().cloned().collect(),
        };
        let shown = if self.command.name == "HGETALL" { kept.len() / 2 } else { kept.len() };
        let key = String::from_utf8_lossy(key).into_owned();
        let notice = format!(
            "{shown} of {size} elements of {key}, read by {scan} ({} would hold up the server): {scan} with its cursor reads on",
            self.command.name
        );
        Ok(Bounded { reply: Value::Array(kept), notices: vec![notice] })
    }

    /// LRANGE, ZRANGE, ZREVRANGE by index.
    async fn index_range(&self, length: &str) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let (Some(start), Some(stop)) = (self.command.arg(1).and_then(number), self.command.arg(2).and_then(number))
        else {
            return self.plain().await;
        };
        let size = i64::try_from(self.length(length, key).await?).unwrap_or(i64::MAX);
        let (start, stop) = (absolute(start, size), absolute(stop, size).min(size - 1));
        let limit = i64::try_from(ELEMENTS).unwrap_or(i64::MAX);
        if stop.saturating_sub(start) < limit {
            return self.plain().await;
        }
        let mut narrowed = self.command.argv.clone();
        narrowed.splice(2..4, [start.to_string().into_bytes(), (start + limit - 1).to_string().into_bytes()]);
        self.changed(
            &narrowed,
            format!("{ELEMENTS} of {} elements are shown: ask for a narrower range for others", stop - start + 1),
        )
        .await
    }

    /// Ranges by score or name: LIMIT is added or lowered.
    async fn limited(&self) -> Result<Bounded, RedisError> {
        let mut narrowed = self.command.argv.clone();
        let count = ELEMENTS.to_string().into_bytes();
        match self.command.option(3, "LIMIT") {
            None => narrowed.extend([b"LIMIT".to_vec(), b"0".to_vec(), count]),
            Some(at) => {
                let asked = self.command.arg(at + 2).and_then(number);
                if asked.is_none_or(|asked| u64::try_from(asked).is_ok_and(|asked| asked <= ELEMENTS)) {
                    return self.plain().await;
                }
                let at = self.command.first + at + 2;
                narrowed.splice(at..=at, [count]);
            }
        }
        self.cut_if_full(&narrowed, ELEMENTS).await
    }

    /// Commands with an option that limits the reply: it is added or lowered.
    async fn counted(&self, from: usize, option: &str, most: u64) -> Result<Bounded, RedisError> {
        let mut narrowed = self.command.argv.clone();
        match self.command.option(from, option) {
            // SCAN without COUNT is the server's own ten.
            None if matches!(self.command.args, Args::ScanKeys | Args::ScanOne) => return self.plain().await,
            None => narrowed.extend([option.as_bytes().to_vec(), most.to_string().into_bytes()]),
            Some(at) => {
                let asked = self.command.arg(at + 1).and_then(number);
                if asked.is_none_or(|asked| u64::try_from(asked).is_ok_and(|asked| asked <= most)) {
                    return self.plain().await;
                }
                let at = self.command.first + at + 1;
                narrowed.splice(at..=at, [most.to_string().into_bytes()]);
            }
        }
        self.cut_if_full(&narrowed, most).await
    }

    /// Sends a narrowed command; says so only when the limit was reached.
    async fn cut_if_full(&self, narrowed: &Argv, most: u64) -> Result<Bounded, RedisError> {
        let reply = self.ask(narrowed).await?;
        let full =
            value::items(&reply).len() as u64 >= most || matches!(self.command.args, Args::ScanKeys | Args::ScanOne);
        let notices =
            if full { vec![format!("limited to {most} elements: ask for the next part to go on")] } else { Vec::new() };
        Ok(Bounded { reply, notices })
    }

    async fn stream_read(&self) -> Result<Bounded, RedisError> {
        let streams = self.command.option(0, "STREAMS").unwrap_or(0);
        let most = ELEMENTS / 2;
        let mut narrowed = self.command.argv.clone();
        match self.command.option(0, "COUNT").filter(|at| *at < streams) {
            None => {
                let at = self.command.first;
                narrowed.splice(at..at, [b"COUNT".to_vec(), most.to_string().into_bytes()]);
            }
            Some(at) if self.command.arg(at + 1).and_then(number).is_some_and(|asked| !(1..=100).contains(&asked)) => {
                let at = self.command.first + at + 1;
                narrowed.splice(at..=at, [most.to_string().into_bytes()]);
            }
            Some(_) => return self.plain().await,
        }
        Ok(Bounded {
            reply: self.ask(&narrowed).await?,
            notices: vec![format!("at most {most} entries of each stream")],
        })
    }

    /// The extended form ends in `start end count [consumer]`.
    async fn stream_pending(&self) -> Result<Bounded, RedisError> {
        let shift = if self.command.option(2, "IDLE") == Some(2) { 2 } else { 0 };
        if self.command.arg(4 + shift).is_none() {
            return self.plain().await;
        }
        self.clamp_at(4 + shift, ELEMENTS).await
    }

    /// Lowers a plain count argument.
    async fn clamp_at(&self, at: usize, most: u64) -> Result<Bounded, RedisError> {
        let asked = self.command.arg(at).and_then(number);
        // Negative counts mean "with repetitions" or "all".
        let fits = |asked: i64| asked.unsigned_abs() <= most && (asked >= 0 || self.command.args == Args::Random);
        if asked.is_none_or(fits) {
            return self.plain().await;
        }
        let mut narrowed = self.command.argv.clone();
        let at = self.command.first + at;
        narrowed.splice(at..=at, [most.to_string().into_bytes()]);
        self.changed(&narrowed, format!("the count was lowered to {most}")).await
    }

    /// LPOS on a long list compares a bounded number of elements.
    async fn list_search(&self) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        if self.length("LLEN", key).await? <= WALK {
            return self.plain().await;
        }
        if let Some(at) = self.command.option(2, "MAXLEN") {
            return match self.command.arg(at + 1).and_then(number) {
                Some(asked) if asked == 0 || asked.unsigned_abs() > WALK => {
                    Err(self.too_much("MAXLEN above 10000", "a MAXLEN of at most 10000"))
                }
                _ => self.plain().await,
            };
        }
        let mut narrowed = self.command.argv.clone();
        narrowed.extend([b"MAXLEN".to_vec(), WALK.to_string().into_bytes()]);
        self.changed(&narrowed, format!("only the first {WALK} elements were compared")).await
    }

    /// Commands over several collections run when these are small together.
    async fn combined(&self, keys: &[Vec<u8>]) -> Result<Bounded, RedisError> {
        let name = if self.command.name.starts_with('S') { "SCARD" } else { "ZCARD" };
        let lengths: Vec<Argv> = keys.iter().map(|key| argv([name.as_bytes(), key])).collect();
        let lengths = self.redis.pipeline(self.database, &lengths).await?;
        let total: u64 = lengths.iter().filter_map(|reply| value::count(reply.as_ref().ok()?)).sum();
        if total > WALK {
            return Err(self.too_much(
                &format!("{total} members together"),
                "SSCAN or ZSCAN on the smallest, with SMISMEMBER or ZMSCORE on the others",
            ));
        }
        self.plain().await
    }

    /// Commands linear in a value run when it is small.
    async fn linear(&self, keys: &[Vec<u8>]) -> Result<Bounded, RedisError> {
        for key in keys {
            let usage = self.ask(&argv([&b"MEMORY"[..], b"USAGE", key, b"SAMPLES", b"5"])).await?;
            let bytes = value::count(&usage).unwrap_or(0);
            if bytes > BYTES * 4 {
                return Err(
                    self.too_much(&format!("a value of {bytes} bytes"), "GETRANGE, LRANGE, SSCAN or ZSCAN in parts")
                );
            }
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
