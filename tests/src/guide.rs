//! Documentation pages whose fenced blocks the tests run unchanged. A comment `<!-- MARK -->` before a block names the
//! block.

use std::path::Path;
use std::time::Duration;

use crate::paths;
use crate::process::Program;

/// The maximum duration of the commands of a block. Some blocks start many containers, one after the other.
const LONGEST: Duration = Duration::from_mins(4);

/// A page whose example addresses are replaced by addresses of this machine.
#[derive(Clone)]
pub struct Page {
    name: String,
    text: String,
}

impl Page {
    /// Reads a page; `file` is its path in the repository.
    pub fn open(file: &str) -> Self {
        let path = paths::repository().join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { name: file.to_owned(), text }
    }

    /// Returns a page that consists of this block alone.
    pub fn of_one_block(mark: &str, block: &str) -> Self {
        Self { name: mark.to_owned(), text: format!("<!-- {mark} -->\n```sh\n{block}\n```\n") }
    }

    /// Reads a page of `docs/guides`.
    pub fn guide(name: &str) -> Self {
        Self::open(&format!("docs/guides/{name}.md"))
    }

    /// Returns the page with an example's address or name replaced everywhere.
    #[must_use]
    pub fn with(mut self, example: &str, ours: &str) -> Self {
        assert!(self.text.contains(example), "{} no longer contains '{example}'", self.name);
        self.text = self.text.replace(example, ours);
        self
    }

    /// Returns the fenced block after `<!-- mark -->`.
    pub fn block(&self, mark: &str) -> &str {
        let comment = format!("<!-- {mark} -->\n```");
        let mut blocks = self.text.split(&comment).skip(1);
        let (Some(block), None) = (blocks.next(), blocks.next()) else {
            panic!("{} does not have '<!-- {mark} -->' before exactly one fenced block", self.name)
        };
        let (_, body) = block.split_once('\n').expect("the block's first line");
        body.split_once("\n```").expect("the block's end").0
    }

    /// Returns the labels in the block after `<!-- labels: mark -->`.
    pub fn labels(&self, mark: &str) -> Vec<String> {
        let labels = self.block(mark).lines().map(str::trim).filter(|line| line.starts_with("traefik."));
        labels.map(str::to_owned).collect()
    }

    /// Runs the commands in a block with Bash, as a user would paste them. Panics if a command fails. `directory` is
    /// their working directory and `HOME`. Returns what the commands print.
    pub async fn run(&self, mark: &str, directory: &Path, environment: &[(&str, &str)]) -> String {
        let home = directory.display().to_string();
        self.run_in(mark, directory, directory, &[&[("HOME", home.as_str())], environment].concat()).await
    }

    /// Like [`Self::run`], but without `HOME`, and with another folder for the files that hold the commands' output.
    pub async fn run_in(
        &self,
        mark: &str,
        directory: &Path,
        logs: &Path,
        environment: &[(&str, &str)],
    ) -> String {
        let program = Program::new(&mark.replace([' ', ':', '/'], "-"), "bash")
            .args(["-euo", "pipefail", "-c", self.block(mark)])
            .directory(directory);
        let program = environment.iter().fold(program, |program, (name, value)| program.env(name, value));
        program.run_within(LONGEST, logs, "").await
    }
}
