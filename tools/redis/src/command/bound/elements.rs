//! Bounds for commands over elements: lists, sets, hashes, sorted sets, streams, vectors.

use dbwright_policy::redis::Args;
use redis::Value;

use super::{Bounded, CHANNELS, Call, ELEMENTS, REPLY, WALK, absolute, number};
use crate::{
    RedisError,
    server::{Argv, argv, value},
};

impl Call<'_> {
    /// HGETALL, HKEYS, HVALS, SMEMBERS: whole when small, else one page of the scan.
    pub(super) async fn whole(&self, length: &str, scan: &str) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let size = self.length(length, key).await?;
        let most = self.room(ELEMENTS).await?;
        if size <= most {
            return self.plain().await;
        }
        let page = self.ask(&argv([scan.as_bytes(), key, b"0", b"COUNT", most.to_string().as_bytes()])).await?;
        let (_, items) = value::scan(page).ok_or_else(|| RedisError::Reply {
            command: scan.to_owned(),
            reason: "no cursor and elements".to_owned(),
        })?;
        let step = if scan == "HSCAN" { 2 } else { 1 };
        let limit = usize::try_from(most).unwrap_or(usize::MAX);
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
    pub(super) async fn index_range(&self, length: &str) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        let (Some(start), Some(stop)) = (self.command.arg(1).and_then(number), self.command.arg(2).and_then(number))
        else {
            return self.plain().await;
        };
        let size = i64::try_from(self.length(length, key).await?).unwrap_or(i64::MAX);
        let (start, stop) = (absolute(start, size), absolute(stop, size).min(size - 1));
        let most = self.room(ELEMENTS).await?;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        if stop.saturating_sub(start) < limit {
            return self.plain().await;
        }
        let mut narrowed = self.command.argv.clone();
        narrowed.splice(2..4, [start.to_string().into_bytes(), (start + limit - 1).to_string().into_bytes()]);
        self.changed(
            &narrowed,
            format!("{most} of {} elements are shown: ask for a narrower range for others", stop - start + 1),
        )
        .await
    }

    /// Ranges by score or name: LIMIT is added or lowered.
    pub(super) async fn limited(&self) -> Result<Bounded, RedisError> {
        let most = self.room(ELEMENTS).await?;
        let mut narrowed = self.command.argv.clone();
        let count = most.to_string().into_bytes();
        match self.command.option(3, "LIMIT") {
            None => narrowed.extend([b"LIMIT".to_vec(), b"0".to_vec(), count]),
            Some(at) => {
                let asked = self.command.arg(at + 2).and_then(number);
                if asked.is_none_or(|asked| u64::try_from(asked).is_ok_and(|asked| asked <= most)) {
                    return self.plain().await;
                }
                let at = self.command.first + at + 2;
                narrowed.splice(at..=at, [count]);
            }
        }
        self.cut_if_full(&narrowed, most).await
    }

    /// Commands with an option that limits the reply: it is added or lowered.
    pub(super) async fn counted(&self, from: usize, option: &str, most: u64) -> Result<Bounded, RedisError> {
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
    pub(super) async fn cut_if_full(&self, narrowed: &Argv, most: u64) -> Result<Bounded, RedisError> {
        let reply = self.ask(narrowed).await?;
        let full =
            value::items(&reply).len() as u64 >= most || matches!(self.command.args, Args::ScanKeys | Args::ScanOne);
        let notices =
            if full { vec![format!("limited to {most} elements: ask for the next part to go on")] } else { Vec::new() };
        Ok(Bounded { reply, notices })
    }

    pub(super) async fn stream_read(&self) -> Result<Bounded, RedisError> {
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
    pub(super) async fn stream_pending(&self) -> Result<Bounded, RedisError> {
        let shift = if self.command.option(2, "IDLE") == Some(2) { 2 } else { 0 };
        if self.command.arg(4 + shift).is_none() {
            return self.plain().await;
        }
        self.clamp_at(4 + shift, ELEMENTS).await
    }

    /// Lowers a plain count argument.
    pub(super) async fn clamp_at(&self, at: usize, most: u64) -> Result<Bounded, RedisError> {
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
    pub(super) async fn list_search(&self) -> Result<Bounded, RedisError> {
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
    pub(super) async fn combined(&self, keys: &[Vec<u8>]) -> Result<Bounded, RedisError> {
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

    /// How many elements of the first key fit into a reply, by their mean size; at most `most`.
    pub(super) async fn room(&self, most: u64) -> Result<u64, RedisError> {
        let bytes = self.bytes().await?;
        // Even if the whole value were the reply.
        if bytes <= REPLY {
            return Ok(most);
        }
        let key = self.command.arg(0).unwrap_or_default();
        let length = match self.command.name.as_bytes().first() {
            Some(b'H') => "HLEN",
            Some(b'L') => "LLEN",
            Some(b'S') => "SCARD",
            Some(b'X') => "XLEN",
            Some(b'V') => "VCARD",
            _ => "ZCARD",
        };
        let mean = bytes / self.length(length, key).await?.max(1);
        if mean > REPLY {
            return Err(
                self.too_much(&format!("elements of {mean} bytes"), "MEMORY USAGE, and read it from the application")
            );
        }
        Ok((REPLY / mean.max(1)).clamp(1, most))
    }

    /// One element may be as large as the whole list.
    pub(super) async fn element(&self) -> Result<Bounded, RedisError> {
        self.room(1).await?;
        self.plain().await
    }

    /// FULL lists ten entries and the pending ones of each consumer; COUNT 0 lists all.
    pub(super) async fn stream_info(&self) -> Result<Bounded, RedisError> {
        if self.command.option(1, "COUNT").is_none() {
            return self.plain().await;
        }
        // Zero lists them all.
        if self.command.arg(3) == Some(b"0") {
            let mut narrowed = self.command.argv.clone();
            narrowed.pop();
            return self.changed(&narrowed, "COUNT 0 would list every entry: ten are shown".to_owned()).await;
        }
        self.clamp_at(3, ELEMENTS / 2).await
    }

    pub(super) async fn channels(&self) -> Result<Bounded, RedisError> {
        let info = self.ask(&argv(["INFO", "stats"])).await?;
        let text = value::text(&info).unwrap_or_default();
        let open = text.lines().find_map(|line| line.strip_prefix("pubsub_channels:")?.trim().parse::<u64>().ok());
        match open {
            Some(open) if open > CHANNELS => Err(self.too_much(&format!("{open} channels"), "PUBSUB NUMSUB channel …")),
            _ => self.plain().await,
        }
    }

    /// Searches answer ten rows unless LIMIT says otherwise; only the number after it is lowered.
    pub(super) async fn searched(&self) -> Result<Bounded, RedisError> {
        let Some(at) = self.command.option(2, "LIMIT") else { return self.plain().await };
        self.clamp_at(at + 2, ELEMENTS).await
    }

    /// The exact search walks all vectors.
    pub(super) async fn similar(&self) -> Result<Bounded, RedisError> {
        let key = self.command.arg(0).unwrap_or_default();
        if self.command.option(1, "TRUTH").is_some() && self.length("VCARD", key).await? > WALK {
            return Err(self.too_much("all vectors (TRUTH)", "VSIM without TRUTH"));
        }
        match self.command.option(1, "COUNT") {
            Some(at) => self.clamp_at(at + 1, ELEMENTS).await,
            None => self.plain().await,
        }
    }
}
