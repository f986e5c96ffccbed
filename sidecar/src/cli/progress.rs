//! Shows on stderr how far a long command has got. Shows nothing unless stderr is a terminal.

use std::io::{self, IsTerminal as _, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use super::admin::size;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Bytes.
    Bytes,
    /// Records.
    Records,
}

impl Unit {
    /// The number of units after which the line is written again: often enough to be seen moving, and seldom enough to
    /// cost nothing.
    const fn step(self) -> u64 {
        match self {
            Self::Bytes => 1024 * 1024,
            Self::Records => 1_000,
        }
    }

    fn text(self, count: u64) -> String {
        match self {
            Self::Bytes => size(count),
            Self::Records => count.to_string(),
        }
    }
}

/// A line that is written again and again, and removed at the end.
pub(super) struct Progress {
    what: &'static str,
    unit: Unit,
    /// The total number of units; 0 if it is not known.
    total: u64,
    done: AtomicU64,
    shows: bool,
}

impl Progress {
    /// Shows the line for the first time. `what` is a present participle with its object, such as "reading the
    /// backup".
    pub(super) fn of(what: &'static str, unit: Unit, total: Option<u64>) -> Self {
        let shows = io::stderr().is_terminal();
        let progress = Self { what, unit, total: total.unwrap_or_default(), done: AtomicU64::new(0), shows };
        progress.show(0);
        progress
    }

    /// Adds this number of units to what is done.
    pub(super) fn add(&self, count: u64) {
        let before = self.done.fetch_add(count, Ordering::Relaxed);
        if (before + count) / self.unit.step() > before / self.unit.step() {
            self.show(before + count);
        }
    }

    fn show(&self, done: u64) {
        if self.shows {
            let _ = write!(io::stderr(), "\r\u{1b}[K{}", self.line(done));
        }
    }

    fn line(&self, done: u64) -> String {
        let percent = (u128::from(done.min(self.total)) * 100).checked_div(u128::from(self.total));
        let share = percent.map(|percent| format!(" ({percent} %)")).unwrap_or_default();
        format!("{}: {}{share}", self.what, self.unit.text(done))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shows {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

/// A reader or writer whose bytes are counted.
pub(super) struct Counted<T>(pub(super) T, pub(super) Progress);

impl<T: Read> Read for Counted<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1.add(read as u64);
        Ok(read)
    }
}

impl<T: Write> Write for Counted<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1.add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is() {
        let progress = |unit, total| Progress::of("reading the backup", unit, total);
        assert_eq!(progress(Unit::Bytes, None).line(3 << 20), "reading the backup: 3.0 MiB");
        assert_eq!(progress(Unit::Bytes, Some(4 << 20)).line(3 << 20), "reading the backup: 3.0 MiB (75 %)");
        assert_eq!(progress(Unit::Records, Some(10)).line(12), "reading the backup: 12 (100 %)");
        assert_eq!(progress(Unit::Records, Some(0)).line(5), "reading the backup: 5");
    }

    #[test]
    fn bytes_pass_through_and_are_counted() {
        let mut to = Counted(Vec::new(), Progress::of("writing", Unit::Bytes, None));
        to.write_all(b"twelve bytes").unwrap();
        to.flush().unwrap();
        assert_eq!((to.0, to.1.done.load(Ordering::Relaxed)), (b"twelve bytes".to_vec(), 12));
    }
}
