//! Go's strings: raw ones in backticks, and those in double quotes with escapes.

use super::error::Problem;

/// A text after its opening quote: its value, and its length in the rule with the closing quote. An error has the byte at
/// which it is, counted like the length, or none if it concerns the whole text.
pub(super) type Text = Result<(String, usize), (Option<usize>, Problem)>;

/// A raw string, from which Go removes carriage returns.
pub(super) fn raw(after_quote: &str) -> Text {
    let (value, _) = after_quote.split_once('`').ok_or((None, Problem::UnclosedText))?;
    Ok((value.replace('\r', ""), value.len() + 1))
}

/// A string with escapes.
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

/// Reads one escape after its backslash, and returns what follows it.
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

/// Reads an escape of so many digits: a byte with two or three of them, else a character.
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
