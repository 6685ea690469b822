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
    /// An argument of many kilobytes.
    #[error("the command is longer than 64 KiB")]
    Long,
}

/// Longest line: an argument that long is data, not a question.
const LONGEST: usize = 64 * 1024;

/// The arguments of `line`: words apart by blanks; `"…"` with `\n \r \t \b \a \\ \" \xHH`; `'…'`
/// with `\'`. As in redis-cli a quote may open inside a word, and must close before a blank.
///
/// # Errors
/// When the line is empty, has more than one line, a NUL, open quotes, or a repeat count.
pub(crate) fn split_words(line: &str) -> Result<Vec<Vec<u8>>, WordsError> {
    let line = line.trim_matches([' ', '\t', '\r', '\n']);
    if line.len() > LONGEST {
        return Err(WordsError::Long);
    }
    if line.bytes().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        return Err(WordsError::Lines);
    }
    let mut rest = line.as_bytes();
    let mut words = Vec::new();
    loop {
        while let [b' ' | b'\t' | 0x0b | 0x0c, tail @ ..] = rest {
            rest = tail;
        }
        if rest.is_empty() {
            break;
        }
        let (word, tail) = word(rest)?;
        words.push(word);
        rest = tail;
    }
    let first = words.first().ok_or(WordsError::Empty)?;
    if first.is_empty() {
        return Err(WordsError::Empty);
    }
    let digits = first.strip_prefix(b"-").or_else(|| first.strip_prefix(b"+")).unwrap_or(first);
    if words.len() > 1 && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        return Err(WordsError::Repeat);
    }
    Ok(words)
}

type Word<'a> = (Vec<u8>, &'a [u8]);

fn word(mut rest: &[u8]) -> Result<Word<'_>, WordsError> {
    let mut word = Vec::new();
    loop {
        match rest {
            [] | [b' ' | b'\t', ..] => return Ok((word, rest)),
            [quote @ (b'"' | b'\''), tail @ ..] => {
                let (quoted, tail) = if *quote == b'"' { double_quoted(tail)? } else { single_quoted(tail)? };
                word.extend(quoted);
                return Ok((word, tail));
            }
            [byte, tail @ ..] => {
                word.push(*byte);
                rest = tail;
            }
        }
    }
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
        [] | [b' ' | b'\t' | 0x0b | 0x0c, ..] => Ok((word, tail)),
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
        assert_eq!(split_words(r#"GET user:"1 2""#).unwrap()[1], b"user:1 2");
        assert_eq!(split_words("\x0bGET\x0c a").unwrap()[0], b"GET\x0c");
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
            ("-1 PING", WordsError::Repeat),
            ("+5 PING", WordsError::Repeat),
            ("GET user:{1}'s", WordsError::Quotes),
            ("GET a\"b\"c", WordsError::Quotes),
        ] {
            assert_eq!(split_words(line), Err(error), "{line:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_come_back_from_quotes(words in proptest::collection::vec(proptest::collection::vec(0_u8.., 1..20), 1..6)) {
            let quoted = |word: &Vec<u8>| format!("\"{}\"", word.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>());
            let line = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
            match split_words(&line) {
                Ok(split) => proptest::prop_assert_eq!(split, words),
                Err(error) => proptest::prop_assert_eq!(error, WordsError::Repeat),
            }
        }

        #[test]
        fn no_line_is_too_strange(line in ".{0,200}") {
            let _ = split_words(&line);
        }
    }
}
