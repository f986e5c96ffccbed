//! Go's string literals: raw strings in backticks, and strings with escapes in double quotes.

use super::error::Problem;

/// The result of reading a string literal from the byte after its opening quote: the value, and the number of bytes up
/// to and including the closing quote. An error has the position of the problem, counted in bytes from the same place,
/// or `None` if the problem concerns the whole string.
pub(super) type Text = Result<(String, usize), (Option<usize>, Problem)>;

/// Reads a raw string. As in Go, its carriage returns are removed.
pub(super) fn raw(after_quote: &str) -> Text {
    let (value, _) = after_quote.split_once('`').ok_or((None, Problem::UnclosedText))?;
    Ok((value.replace('\r', ""), value.len() + 1))
}

/// Reads a string with escapes.
pub(super) fn interpreted(after_quote: &str) -> Text {
    let mut bytes = Vec::new();
    let mut rest = after_quote;
    loop {
        let at = after_quote.len() - rest.len();
        let mut chars = rest.chars();
        match chars.next().ok_or((None, Problem::UnclosedText))? {
            '"' => {
                let value = String::from_utf8(bytes).map_err(|_| (None, Problem::NotUtf8))?;
                return Ok((value, at + 1));
            }
            '\n' => return Err((Some(at), Problem::LineInText)),
            '\\' => rest = escape(chars.as_str(), &mut bytes).ok_or((Some(at), Problem::Escape))?,
            c => {
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                rest = chars.as_str();
            }
        }
    }
}

/// Reads one escape, whose backslash has been read, and returns the text after it. `None` if Go has no such escape.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let mut chars = text.chars();
    let byte = match chars.next()? {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        'x' => return numeric(chars.as_str(), 2, 16, bytes),
        'u' => return numeric(chars.as_str(), 4, 16, bytes),
        'U' => return numeric(chars.as_str(), 8, 16, bytes),
        '0'..='7' => return numeric(text, 3, 8, bytes),
        _ => return None,
    };
    bytes.push(byte);
    Some(chars.as_str())
}

/// Reads the `count` digits of an escape. Two or three digits are the number of a byte; four or eight are the number of
/// a character.
fn numeric<'a>(text: &'a str, count: usize, radix: u32, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let (digits, rest) = text.split_at_checked(count)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let number = u32::from_str_radix(digits, radix).ok()?;
    if count < 4 {
        bytes.push(u8::try_from(number).ok()?);
    } else {
        bytes.extend(char::from_u32(number)?.encode_utf8(&mut [0; 4]).bytes());
    }
    Some(rest)
}
