//! Cuts a command line into arguments, once, as `redis-cli` does.

/// Why a line is not a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WordsError {
    /// Nothing to run.
    #[error("the command is empty")]
    Empty,
    /// A quote that is not closed, or text right after a closing quote.
    #[error("unbalanced quotes: close every quote and put a space after it")]
    Quotes,
    /// More than one line, or a NUL.
    #[error("one command on one line: line ends and NUL must be written as \\n, \\r and \\x00 in double quotes")]
    Lines,
    /// `5 PING` repeats a command in redis-cli.
    #[error("a repeat count before a command is not supported: send the command once")]
    Repeat,
}

/// The arguments of `line`: words apart by spaces; `"…"` with `\n \r \t \b \a \\ \" \xHH`; `'…'`
/// with `\'`.
///
/// # Errors
/// When the line is empty, has more than one line, a NUL, open quotes, or a repeat count.
pub(crate) fn split_words(line: &str) -> Result<Vec<Vec<u8>>, WordsError> {
    let line = line.trim();
    if line.bytes().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        return Err(WordsError::Lines);
    }
    let mut rest = line.as_bytes();
    let mut words = Vec::new();
    loop {
        while let [b' ' | b'\t', tail @ ..] = rest {
            rest = tail;
        }
        if rest.is_empty() {
            break;
        }
        let (word, tail) = match rest {
            [b'"', tail @ ..] => double_quoted(tail)?,
            [b'\'', tail @ ..] => single_quoted(tail)?,
            _ => plain(rest)?,
        };
        words.push(word);
        rest = tail;
    }
    let first = words.first().ok_or(WordsError::Empty)?;
    if first.is_empty() {
        return Err(WordsError::Empty);
    }
    if words.len() > 1 && first.iter().all(u8::is_ascii_digit) {
        return Err(WordsError::Repeat);
    }
    Ok(words)
}

type Word<'a> = (Vec<u8>, &'a [u8]);

fn plain(mut rest: &[u8]) -> Result<Word<'_>, WordsError> {
    let mut word = Vec::new();
    while let [byte, tail @ ..] = rest {
        match byte {
            b' ' | b'\t' => break,
            // redis-cli opens a quoted part in the middle of a word; nobody means that.
            b'"' | b'\'' if word.is_empty() => return Err(WordsError::Quotes),
            _ => word.push(*byte),
        }
        rest = tail;
    }
    Ok((word, rest))
}

fn single_quoted(mut rest: &[u8]) -> Result<Word<'_>, WordsError> {
    let mut word = Vec::new();
    loop {
        match rest {
            [b'\\', b'\'', tail @ ..] => {
                word.push(b'\'');
                rest = tail;
            }
            [b'\'', tail @ ..] => return closed(word, tail),
            [byte, tail @ ..] => {
                word.push(*byte);
                rest = tail;
            }
            [] => return Err(WordsError::Quotes),
        }
    }
}

fn double_quoted(mut rest: &[u8]) -> Result<Word<'_>, WordsError> {
    let mut word = Vec::new();
    loop {
        match rest {
            [b'\\', b'x', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap_or(0)).unwrap_or(0);
                word.push(digit(*high) << 4 | digit(*low));
                rest = tail;
            }
            [b'\\', escaped, tail @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                rest = tail;
            }
            [b'"', tail @ ..] => return closed(word, tail),
            [byte, tail @ ..] => {
                word.push(*byte);
                rest = tail;
            }
            [] => return Err(WordsError::Quotes),
        }
    }
}

fn closed(word: Vec<u8>, tail: &[u8]) -> Result<Word<'_>, WordsError> {
    match tail {
        [] | [b' ' | b'\t', ..] => Ok((word, tail)),
        _ => Err(WordsError::Quotes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_as_redis_cli_does() {
        assert_eq!(split_words(r#" GET  "a b" "#).unwrap(), [b"GET".to_vec(), b"a b".to_vec()]);
        assert_eq!(
            split_words(r#"GET "\xff\x00\n\"" 'it\'s \n'"#).unwrap()[1..],
            [b"\xff\x00\n\"".to_vec(), b"it's \\n".to_vec()]
        );
        assert_eq!(split_words("GET user:{1}'s").unwrap()[1], b"user:{1}'s");
        assert_eq!(split_words("GET ''").unwrap()[1], b"");
        for (line, error) in [
            ("", WordsError::Empty),
            ("  ", WordsError::Empty),
            ("\"\"", WordsError::Empty),
            ("GET \"a", WordsError::Quotes),
            ("GET \"a\"b", WordsError::Quotes),
            ("GET 'a'b", WordsError::Quotes),
            ("PING\nFLUSHALL", WordsError::Lines),
            ("PING\r\nFLUSHALL", WordsError::Lines),
            ("PING\0", WordsError::Lines),
            ("5 PING", WordsError::Repeat),
        ] {
            assert_eq!(split_words(line), Err(error), "{line:?}");
        }
    }
}
