//! A list of key names in a file.

/// The names in `text`, one a line. When every line is an even number of hexadecimal digits the
/// lines are hex (the only way to write names with line ends or raw bytes); else they are plain.
/// A trailing carriage return is not part of a name; empty lines are skipped.
pub fn parse_names(text: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = text
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .collect();
    let decoded: Option<Vec<Vec<u8>>> = lines.iter().map(|line| from_hex(line)).collect();
    decoded.unwrap_or_else(|| lines.into_iter().map(<[u8]>::to_vec).collect())
}

fn from_hex(line: &[u8]) -> Option<Vec<u8>> {
    if !line.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    line.chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_lines_are_decoded_only_when_all_are_hex() {
        assert_eq!(parse_names(b"613a31\n613a00ff\n"), [b"a:1".to_vec(), b"a:\x00\xff".to_vec()]);
        assert_eq!(parse_names(b"cafe\r\nuser:1\r\n\r\n"), [b"cafe".to_vec(), b"user:1".to_vec()]);
    }
}
