//! The library's and the server's errors in our words.

use redis::{ErrorKind, ServerError};

use super::connection::ANSWER;
use crate::RedisError;

/// What was being done when something failed.
pub(crate) struct Fault<'a> {
    pub(crate) server: &'a str,
    pub(crate) address: &'a str,
    pub(crate) user: &'a str,
    pub(crate) command: &'a str,
}

impl Fault<'_> {
    /// An error of the library: a failed connection, or a server's answer to the handshake.
    pub(crate) fn of(&self, error: &redis::RedisError) -> RedisError {
        let words = || error.detail().map_or_else(|| error.to_string(), str::to_owned);
        if let Some(code) = error.code() {
            return self.of_code(code, &words());
        }
        if error.is_timeout() && self.command != "connect" {
            return RedisError::Timeout { command: self.command.to_owned(), seconds: ANSWER.as_secs() };
        }
        match error.kind() {
            ErrorKind::AuthenticationFailed => self.login(&words()),
            ErrorKind::InvalidClientConfig => RedisError::Url { server: self.server.to_owned(), reason: words() },
            ErrorKind::UnexpectedReturnType | ErrorKind::Parse => {
                RedisError::Reply { command: self.command.to_owned(), reason: words() }
            }
            _ => RedisError::Unreachable {
                server: self.server.to_owned(),
                address: self.address.to_owned(),
                reason: if error.is_timeout() { "timed out".to_owned() } else { error.to_string() },
            },
        }
    }

    /// An error that the server answered with.
    pub(crate) fn of_server(&self, error: &ServerError) -> RedisError {
        self.of_code(error.code(), error.details().unwrap_or_default())
    }

    fn of_code(&self, code: &str, words: &str) -> RedisError {
        let command = self.command.to_owned();
        match code {
            "NOAUTH" | "WRONGPASS" => self.login(&format!("{code} {words}")),
            // A handshake that is refused reads as a plain error before 6.0.
            _ if self.command == "connect" && words.contains("AUTH") => self.login(words),
            "NOPERM" => RedisError::Permission {
                grant: self.grant(words),
                command,
                user: self.user.to_owned(),
                reason: words.to_owned(),
            },
            "LOADING" => RedisError::Loading { server: self.server.to_owned() },
            "MOVED" | "ASK" => RedisError::Moved { target: words.to_owned() },
            "ERR" if words.to_ascii_lowercase().starts_with("unknown ") => {
                RedisError::Unsupported { command, reason: words.to_owned() }
            }
            "ERR" | "" => RedisError::Server { command, reason: words.to_owned() },
            _ => RedisError::Server { command, reason: format!("{code} {words}") },
        }
    }

    fn login(&self, reason: &str) -> RedisError {
        RedisError::Login { server: self.server.to_owned(), reason: reason.to_owned() }
    }

    /// The ACL rule that is missing: a key pattern or the command.
    fn grant(&self, words: &str) -> String {
        if words.contains("keys") || words.contains(" key") {
            "%R~PATTERN (~PATTERN before 7.0)".to_owned()
        } else {
            format!("+{}", self.command.to_lowercase().replace(' ', "|"))
        }
    }
}
