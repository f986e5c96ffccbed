//! Pages of documentation whose fenced blocks are used as they stand: a comment `<!-- MARK -->` before a block names it.

use std::path::Path;

use crate::paths;
use crate::process::Program;

/// A page, with its examples' addresses moved to this machine.
#[derive(Clone)]
pub struct Page {
    name: String,
    text: String,
}

impl Page {
    /// Reads it; `file` is its path in the repository.
    pub fn open(file: &str) -> Self {
        let path = paths::repository().join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { name: file.to_owned(), text }
    }

    /// A page of `docs/guides`.
    pub fn guide(name: &str) -> Self {
        Self::open(&format!("docs/guides/{name}.md"))
    }

    /// The page with an example's address or name replaced everywhere.
    #[must_use]
    pub fn with(mut self, example: &str, ours: &str) -> Self {
        assert!(self.text.contains(example), "{} no longer holds '{example}'", self.name);
        self.text = self.text.replace(example, ours);
        self
    }

    /// The fenced block after `<!-- mark -->`.
    pub fn block(&self, mark: &str) -> &str {
        let comment = format!("<!-- {mark} -->\n```");
        let mut blocks = self.text.split(&comment).skip(1);
        let (Some(block), None) = (blocks.next(), blocks.next()) else {
            panic!("{} does not have '<!-- {mark} -->' before exactly one fenced block", self.name)
        };
        let (_, body) = block.split_once('\n').expect("the block's first line");
        body.split_once("\n```").expect("the block's end").0
    }

    /// The labels in such a block.
    pub fn labels(&self, mark: &str) -> Vec<String> {
        let labels = self.block(mark).lines().map(str::trim).filter(|line| line.starts_with("traefik."));
        labels.map(str::to_owned).collect()
    }

    /// Runs the commands in such a block with Bash, as a person would paste them; any failure is a panic. `directory` is
    /// where they run and their `HOME`.
    pub async fn run(&self, mark: &str, directory: &Path, environment: &[(&str, &str)]) -> String {
        let program = Program::new(&mark.replace([' ', ':', '/'], "-"), "bash")
            .args(["-euo", "pipefail", "-c", self.block(mark)])
            .directory(directory)
            .env("HOME", directory);
        let program = environment.iter().fold(program, |program, (name, value)| program.env(name, value));
        program.run(directory, "").await
    }
}
