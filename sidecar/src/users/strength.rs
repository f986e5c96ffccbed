//! Decides which passwords users may choose (NIST SP 800-63B §3.1.1.2): long ones, and none that attackers try first.
//!
//! A list of all passwords that were ever published would be larger than this program. Almost all of them with twelve
//! or more characters consist of few parts: common words, names, rows of the keyboard, ascending numbers, repetitions.
//! So each such part counts as one character, and a password needs [`LEAST_PARTS`] parts.

use protocol::secret::Secret;

/// The minimum length of a password, in characters.
pub const LEAST: usize = 12;
/// The minimum number of parts of a password. A character that belongs to no easily guessed part is a part of its own.
const LEAST_PARTS: usize = 8;
/// The number of characters that are examined. A password whose examined characters have too few parts is refused.
const LOOKED_AT: usize = 128;
/// Parts that attackers try first, in lower case, one on each line.
const COMMON: &str = include_str!("common.txt");
/// Keys that lie side by side on keyboards. Four or more characters of a row are one part.
const ROWS: [&str; 12] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "qazwsxedcrfvtgbyhnujmik",
    "!@#$%^&*()",
];
/// The minimum length, in characters, of a piece of a row and of a repetition that counts as one part.
const SHORTEST_RUN: usize = 4;
const SHORTEST_REPETITION: usize = 3;
/// The minimum length, in characters, of a name that counts as one part.
const SHORTEST_NAME: usize = 3;

/// Why a user may not choose a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// The password has fewer than [`LEAST`] characters.
    #[error("the new password has fewer than {LEAST} characters")]
    Short,
    /// The password consists of few parts that attackers try first.
    #[error("the new password is easily guessed")]
    Guessable,
}

/// A password that a user may choose.
#[derive(Clone, Debug)]
pub struct NewPassword(Secret<String>);

impl NewPassword {
    /// Accepts the password if it is hard to guess for somebody who knows these names of the user and of the server.
    pub fn accept(password: Secret<String>, names: &[&str]) -> Result<Self, Weakness> {
        let text = password.expose();
        if text.chars().count() < LEAST {
            return Err(Weakness::Short);
        }
        if parts(text, names) < LEAST_PARTS {
            return Err(Weakness::Guessable);
        }
        Ok(Self(password))
    }

    /// The password.
    pub const fn secret(&self) -> &Secret<String> {
        &self.0
    }
}

/// Counts the parts of a password, up to [`LEAST_PARTS`].
fn parts(password: &str, names: &[&str]) -> usize {
    let lower: Vec<char> = password.to_lowercase().chars().take(LOOKED_AT).collect();
    let plain: Vec<char> = lower.iter().map(|c| without_disguise(*c)).collect();
    let words = words(names);
    let (mut at, mut count, mut last) = (0, 0, None);
    while let Some(c) = lower.get(at).filter(|_| count < LEAST_PARTS) {
        let known = words.iter().map(|word| known_at(&lower, &plain, at, word)).max().unwrap_or_default();
        let longest = known.max(row_at(&lower, at)).max(repeated_at(&lower, at));
        // A character that repeats the character before it, or counts up or down from it, adds nothing.
        count += usize::from(longest > 0 || !follows(last, *c));
        at += longest.max(1);
        last = at.checked_sub(1).and_then(|before| lower.get(before)).copied();
    }
    count
}

/// Returns the common parts, and the names and their words.
fn words(names: &[&str]) -> Vec<Vec<char>> {
    let of_names = names.iter().flat_map(|name| {
        let name = name.to_lowercase();
        let pieces: Vec<String> = name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
        pieces.into_iter().chain([name])
    });
    let of_names = of_names.map(|name| name.chars().collect::<Vec<_>>());
    let of_names = of_names.filter(|name| name.len() >= SHORTEST_NAME);
    let common = COMMON.lines().map(|word| word.chars().collect());
    common.chain(of_names).collect()
}

/// Returns the letter that a digit or sign often stands for.
const fn without_disguise(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Returns the length of this word if it begins at `at`, plain or in disguise; otherwise 0.
fn known_at(lower: &[char], plain: &[char], at: usize, word: &[char]) -> usize {
    let begins = |text: &[char]| text.get(at..).is_some_and(|rest| rest.starts_with(word));
    if begins(lower) || begins(plain) { word.len() } else { 0 }
}

/// Returns the length of the longest piece of a keyboard row that begins at `at`; 0 if that is shorter than
/// [`SHORTEST_RUN`].
fn row_at(lower: &[char], at: usize) -> usize {
    let rest = lower.get(at..).unwrap_or_default();
    let common = |row: &[char]| row.iter().zip(rest).take_while(|(one, other)| one == other).count();
    let longest = ROWS.iter().flat_map(|row| {
        let row: Vec<char> = row.chars().collect();
        let back: Vec<char> = row.iter().rev().copied().collect();
        let starts = 0..row.len();
        let lengths = starts.map(move |from| {
            common(row.get(from..).unwrap_or_default()).max(common(back.get(from..).unwrap_or_default()))
        });
        lengths.collect::<Vec<_>>()
    });
    longest.max().filter(|length| *length >= SHORTEST_RUN).unwrap_or_default()
}

/// Returns the length of the longest repetition of earlier characters that begins at `at`; 0 if that is shorter than
/// [`SHORTEST_REPETITION`].
fn repeated_at(lower: &[char], at: usize) -> usize {
    let rest = lower.get(at..).unwrap_or_default();
    let lengths = (0..at).map(|from| {
        let before = lower.get(from..at).unwrap_or_default();
        before.iter().zip(rest).take_while(|(one, other)| one == other).count()
    });
    lengths.max().filter(|length| *length >= SHORTEST_REPETITION).unwrap_or_default()
}

/// Whether a character repeats the one before it, or counts up or down from it.
fn follows(last: Option<char>, c: char) -> bool {
    last.is_some_and(|last| u32::from(last).abs_diff(u32::from(c)) <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["alexandra", "alexandra.meyer@example.com", "Company wiki"];

    fn judged(password: &str) -> Result<(), Weakness> {
        NewPassword::accept(Secret::new(password.to_owned()), &NAMES).map(|_| ())
    }

    #[test]
    fn a_password_has_twelve_characters() {
        assert_eq!(judged("k7#Vq2!mZx9"), Err(Weakness::Short));
        assert_eq!(judged("k7#Vq2!mZx9w"), Ok(()));
        assert_eq!(judged("éàüöïêôûçñåø"), Ok(()), "characters, not bytes");
        assert_eq!(judged("éàüöïê"), Err(Weakness::Short));
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for password in [
            "123456789012",
            "aaaaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "abcabcabcabc",
            "qwertyuiopasdf",
            "1q2w3e4r5t6y",
            "1qaz2wsx3edc",
            "password1234",
            "P@ssw0rd1234",
            "Password2024!",
            "passwordpassword",
            "iloveyou1234",
            "administrator",
            "welcome12345",
            "letmein12345",
            "Summer2024!!",
            "0987654321qwerty",
            "alexandra1234",
            "alexandrameyer1",
            "Alexandra!2024",
            "companywiki123",
            "correcthorsebatterystaple",
            "!@#$%^&*()!@",
        ] {
            assert_eq!(judged(password), Err(Weakness::Guessable), "{password}");
        }
    }

    #[test]
    fn what_nobody_tries_first_is_accepted() {
        for password in [
            "tin kettle over marsh",
            "mumbling-otter-fence",
            "Xk3vNq8pLw2z",
            "vier blaue Stühle",
            "木漏れ日の下で本を読む午後三時",
            "VGhpcyBpcyByYW5kb20",
            "my dog eats 3 shoes",
        ] {
            assert_eq!(judged(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn a_long_password_costs_little_and_counts_by_its_beginning() {
        assert_eq!(judged(&"ab".repeat(500)), Err(Weakness::Guessable));
        assert_eq!(judged(&["tin kettle over marsh", &"x".repeat(900)].concat()), Ok(()));
    }
}
