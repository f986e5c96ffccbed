//! Reads secrets that a command needs from a file or stdin. A secret is never accepted on the command line, which other
//! users of the machine can read (`ps`) and the shell records in its history.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use protocol::secret::Secret;
use zeroize::Zeroizing;

use super::terminal::CliError;

/// The error for a value on the command line that may be a secret. It does not repeat the value.
pub(super) const NOT_ON_THE_COMMAND_LINE: &str = "there is an unexpected argument. It is not shown here because it may be a \
     secret: other users of this machine can read the command line, and the shell keeps it in its history. Pass secrets \
     in a file or on stdin (`keys --next --seed-file FILE`, `users add NAME --password-stdin`, `init --client-secret-file \
     FILE`). If it was a secret, replace it by a new one. `--help` lists the arguments";

/// The maximum number of bytes that are read.
const LONGEST: u64 = 4_096;

/// Whether clap's own message for this error would print a value from the command line.
pub(super) fn would_repeat(error: &clap::Error) -> bool {
    match error.kind() {
        ErrorKind::UnknownArgument => match error.get(ContextKind::InvalidArg) {
            // For a misspelt option, clap prints only the option's name.
            Some(ContextValue::String(text)) => !text.starts_with("--") || text.contains('='),
            _ => true,
        },
        ErrorKind::TooManyValues => true,
        // The argument stands where a subcommand could.
        ErrorKind::ArgumentConflict => error.get(ContextKind::InvalidSubcommand).is_some(),
        // If clap suggests a command, the argument is a misspelt one.
        ErrorKind::InvalidSubcommand => error.get(ContextKind::SuggestedSubcommand).is_none(),
        _ => false,
    }
}

/// The next seed that `keys --next` uses.
#[derive(Debug)]
pub(super) enum NextSeed {
    /// `--next` was not given: no rotation.
    None,
    /// Generate a new seed.
    Make,
    /// Use this seed, in base64.
    Given(Secret<String>),
}

/// Reads the options `--next` and `--seed-file`. Fails if a value is given to `--next` itself, or if the file cannot be
/// read.
pub(super) fn next_seed(next: Option<&str>, file: Option<&Path>) -> Result<NextSeed, CliError> {
    match (next, file) {
        (None, _) => Ok(NextSeed::None),
        (Some(""), None) => Ok(NextSeed::Make),
        (Some(""), Some(file)) => read(file).map(NextSeed::Given),
        (Some(_), _) => Err(CliError::new(NOT_ON_THE_COMMAND_LINE)),
    }
}

/// Reads the first line of the file, or of stdin if it is `-`.
pub(super) fn read(file: &Path) -> Result<Secret<String>, CliError> {
    if file == Path::new("-") {
        return first_line(io::stdin().lock(), "stdin");
    }
    let name = file.display().to_string();
    let open = File::open(file).map_err(|error| CliError::new(format_args!("{name}: {error}")))?;
    first_line(open, &name)
}

/// Reads the first line, without the line ending. Fails if it is empty.
pub(super) fn first_line(from: impl Read, name: &str) -> Result<Secret<String>, CliError> {
    let mut text = Zeroizing::new(String::new());
    let failed = |error: io::Error| CliError::new(format_args!("{name}: {error}"));
    BufReader::new(from.take(LONGEST)).read_line(&mut text).map_err(failed)?;
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(CliError::new(format_args!("{name} contains no secret")));
    }
    Ok(Secret::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::Arguments;
    use super::*;

    /// The error message for these arguments.
    fn said(arguments: &[&str]) -> String {
        match Arguments::try_parse_from([&["mcpbouncer"], arguments].concat()) {
            Err(error) if would_repeat(&error) => NOT_ON_THE_COMMAND_LINE.to_owned(),
            Err(error) => error.to_string(),
            Ok(Arguments { command: super::super::Command::Keys { next, seed_file, .. } }) => {
                next_seed(next.as_deref(), seed_file.as_deref()).unwrap_err().to_string()
            }
            Ok(_) => panic!("{arguments:?} is taken"),
        }
    }

    #[test]
    fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
        for arguments in [
            &["keys", "--next", "canary"][..],
            &["keys", "--next=canary"],
            &["keys", "--next", "canary", "--seed-file", "f"],
            &["keys", "canary"],
            &["keys", "--seed", "canary"],
            &["keys", "--seed=canary"],
            &["keygen", "canary"],
            &["user", "add", "alice", "canary"],
            &["user", "add", "alice", "--password-stdin", "canary"],
            &["user", "add", "alice", "--password-stdin=canary"],
            &["rekey", "canary"],
            &["backup", "file", "canary"],
            &["check-config", "canary"],
            &["init", "canary"],
            &["init", "--public-client=canary"],
        ] {
            let text = said(arguments);
            assert!(
                text.starts_with("there is an unexpected argument") && !text.contains("canary"),
                "{text}"
            );
        }
        for arguments in [
            &["user", "add", "alice", "--password", "canary"][..],
            &["user", "add", "alice", "--password=canary"],
            &["rekey", "--key=canary"],
            &["rekey", "-kcanary"],
            &["init", "--client-secret", "canary"],
            &["init", "--client-secret=canary"],
        ] {
            let text = said(arguments);
            assert!(!text.contains("canary"), "{text}");
        }
        assert!(said(&["keys", "--nexd"]).contains("--next"), "clap suggests the right spelling");
    }

    #[test]
    fn a_seed_comes_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seed");
        std::fs::write(&path, "the seed\nand more\n").unwrap();
        let NextSeed::Given(seed) = next_seed(Some(""), Some(&path)).unwrap() else { panic!("not read") };
        assert_eq!(seed.expose(), "the seed");
        assert!(matches!(next_seed(Some(""), None).unwrap(), NextSeed::Make));
        assert!(matches!(next_seed(None, None).unwrap(), NextSeed::None));
        std::fs::write(&path, "\n").unwrap();
        let error = next_seed(Some(""), Some(&path)).unwrap_err().to_string();
        assert!(error.ends_with("seed contains no secret"), "{error}");
        assert!(next_seed(Some(""), Some(&folder.path().join("none"))).is_err());
    }

    #[test]
    fn a_line_of_stdin_ends_with_it() {
        for (text, expected) in [("pass word\r\n", "pass word"), ("x", "x"), (" x \ny", " x ")] {
            assert_eq!(first_line(text.as_bytes(), "stdin").unwrap().expose(), expected);
        }
        assert!(first_line(&b""[..], "stdin").is_err());
    }
}
