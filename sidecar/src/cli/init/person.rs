//! The person who answers, and the terminal where they are.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// The maximum number of bytes of a line that a person types.
const LONGEST_LINE: u64 = 4_096;

/// The person who answers.
pub(in crate::cli) trait Person {
    /// Shows the prompt and reads a line, without the line ending; `None` at the end of the input.
    fn line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>>;
    /// The same, without showing what is typed.
    fn hidden_line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>>;
    /// Shows a text.
    fn show(&mut self, text: &str) -> io::Result<()>;
}

/// The terminal at stdin. Prompts go to stderr, so that stdout holds the result alone.
pub(in crate::cli) struct Terminal {
    input: io::Stdin,
    output: io::Stderr,
}

impl Terminal {
    /// The terminal, if stdin and stderr are one.
    pub(in crate::cli) fn open() -> Option<Self> {
        let (input, output) = (io::stdin(), io::stderr());
        (input.is_terminal() && output.is_terminal()).then_some(Self { input, output })
    }
}

impl Person for Terminal {
    fn line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        self.show(prompt)?;
        let mut line = Zeroizing::new(String::new());
        if self.input.lock().take(LONGEST_LINE).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let length = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(length);
        Ok(Some(line))
    }

    fn hidden_line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        let shown = tcgetattr(&self.input)?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&self.input, OptionalActions::Now, &hidden)?;
        let line = self.line(prompt);
        tcsetattr(&self.input, OptionalActions::Now, &shown)?;
        line
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }
}
