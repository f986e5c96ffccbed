//! The person who answers, and their terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// The maximum number of bytes of a line that a person types.
const LONGEST_LINE: u64 = 4_096;

/// The person who answers.
pub(in crate::cli) trait Person {
    /// Shows the prompt and reads a line, without the line ending; `None` at the end of the input.
    fn line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>>;
    /// Does the same without showing what is typed.
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
    /// Returns the terminal; `None` unless both stdin and stderr are terminals.
    pub(in crate::cli) fn open() -> Option<Self> {
        let (input, output) = (io::stdin(), io::stderr());
        (input.is_terminal() && output.is_terminal()).then_some(Self { input, output })
    }
}

impl Terminal {
    /// Reads a line while the terminal is in the mode that `change` makes. Ctrl-C and Ctrl-\ end the line and are an
    /// error, so that the mode is restored. As signals they would end the program before that, or do nothing if the
    /// program is the first process of a container.
    fn typed(
        &mut self,
        prompt: &str,
        change: impl FnOnce(&mut Termios),
    ) -> io::Result<Option<Zeroizing<String>>> {
        let mode = Mode::change(&self.input, change)?;
        write(&mut self.output, prompt)?;
        let mut line = Zeroizing::new(Vec::new());
        let mut input = self.input.lock().take(LONGEST_LINE);
        loop {
            let bytes = input.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            let ends = |byte: &u8| *byte == b'\n' || mode.interrupts.contains(byte);
            let end = bytes.iter().position(ends).map(|end| end.saturating_add(1));
            let (read, _) = bytes.split_at(end.unwrap_or(bytes.len()));
            line.extend_from_slice(read);
            let length = read.len();
            input.consume(length);
            if end.is_some() {
                break;
            }
        }
        match line.last() {
            None => return Ok(None),
            Some(last) if mode.interrupts.contains(last) => {
                write(&mut self.output, "\n")?;
                return Err(io::Error::other("interrupted; nothing was written"));
            }
            Some(_) => {}
        }
        let text = std::str::from_utf8(&line).map_err(io::Error::other)?;
        Ok(Some(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
    }
}

/// The mode of the terminal while a line is typed. Dropping it restores the mode before.
struct Mode<'a> {
    terminal: &'a io::Stdin,
    before: Termios,
    /// The characters of Ctrl-C and Ctrl-\.
    interrupts: [u8; 2],
}

impl<'a> Mode<'a> {
    fn change(terminal: &'a io::Stdin, change: impl FnOnce(&mut Termios)) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut mode = before.clone();
        let keys = [SpecialCodeIndex::VINTR, SpecialCodeIndex::VQUIT];
        let interrupts = keys.map(|key| before.special_codes[key]);
        mode.local_modes.remove(LocalModes::ISIG);
        let [first, second] = interrupts;
        mode.special_codes[SpecialCodeIndex::VEOL] = first;
        mode.special_codes[SpecialCodeIndex::VEOL2] = second;
        change(&mut mode);
        tcsetattr(terminal, OptionalActions::Now, &mode)?;
        Ok(Self { terminal, before, interrupts })
    }
}

impl Drop for Mode<'_> {
    fn drop(&mut self) {
        // If the terminal is gone, there is no mode to restore.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

fn write(output: &mut io::Stderr, text: &str) -> io::Result<()> {
    output.write_all(text.as_bytes())?;
    output.flush()
}

impl Person for Terminal {
    fn line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        self.typed(prompt, |_| {})
    }

    fn hidden_line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        self.typed(prompt, |mode| {
            mode.local_modes.remove(LocalModes::ECHO);
            mode.local_modes.insert(LocalModes::ECHONL);
        })
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        write(&mut self.output, text)
    }
}
