//! The languages whose client libraries are known, by file name.

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    JavaScript,
    Ruby,
    Go,
    Java,
    Php,
    Rust,
}

impl Language {
    /// By the path's extension.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let extension = path.rsplit('.').next()?;
        Some(match extension {
            "py" | "pyi" => Self::Python,
            "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" => Self::JavaScript,
            "rb" | "rake" => Self::Ruby,
            "go" => Self::Go,
            "java" | "kt" | "kts" | "scala" => Self::Java,
            "php" => Self::Php,
            "rs" => Self::Rust,
            _ => return None,
        })
    }

    /// Whether `text` starts a comment that runs to the end of the line.
    pub(crate) fn is_comment(self, text: &str) -> bool {
        match self {
            Self::Python | Self::Ruby => text.starts_with('#'),
            Self::Php => text.starts_with("//") || text.starts_with('#') || text.starts_with("* "),
            Self::JavaScript | Self::Go | Self::Java | Self::Rust => {
                text.starts_with("//") || text.starts_with("* ") || text.starts_with("/*")
            }
        }
    }

    /// The loop that takes the place of KEYS.
    pub(crate) const fn scan(self) -> &'static str {
        match self {
            Self::Python => "for key in client.scan_iter(match=pattern, count=500): …",
            Self::JavaScript => {
                "for await (const keys of client.scanIterator({ MATCH: pattern, COUNT: 500 })) … (node-redis), client.scanStream({ match: pattern, count: 500 }) (ioredis)"
            }
            Self::Ruby => "redis.scan_each(match: pattern, count: 500) { |key| … }",
            Self::Go => "iter := rdb.Scan(ctx, 0, pattern, 500).Iterator(); for iter.Next(ctx) { … }",
            Self::Java => {
                "ScanParams().match(pattern).count(500) with jedis.scan(cursor, params) in a loop (redisTemplate.scan(options) in Spring)"
            }
            Self::Php => "$it = null; while ($keys = $redis->scan($it, $pattern, 500)) { … }",
            Self::Rust => {
                "let mut keys: AsyncIter<String> = con.scan_match(pattern).await?; while let Some(key) = keys.next_item().await { … }"
            }
        }
    }
}
