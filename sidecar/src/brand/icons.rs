//! The icons of the MCP servers: a folder with one file for each server.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use protocol::uri::Base;

use super::logo::{Logo, LogoError};

/// The maximum size of an icon's file, in bytes. Each page about a server contains its icon and the operator's logo.
const LARGEST: usize = 1_536;
/// The maximum number of files that are read.
const MOST: usize = 1_000;

/// The icons of the servers, by the stem of the file's name ([`file_stem`]).
#[derive(Debug, Clone, Default)]
pub struct Icons(BTreeMap<String, Logo>);

/// What is wrong with the folder, or with a file in it.
#[derive(Debug, thiserror::Error)]
pub enum IconError {
    /// A file cannot be used as an icon, or the folder cannot be read.
    #[error("{}: {error}", path.display())]
    Unusable {
        /// The file or the folder.
        path: PathBuf,
        /// Why it cannot be used.
        error: LogoError,
    },
    /// The folder has more files than are read.
    #[error("{}: at most {} files are read; ignored: {ignored}", folder.display(), MOST)]
    TooMany {
        /// The folder.
        folder: PathBuf,
        /// The number of files that are not read.
        ignored: usize,
    },
}

impl Icons {
    /// Reads at most 1,000 files of the folder, the first ones by name. Returns the icons and the problems: one for
    /// each file that cannot be used, and one if there are more files.
    pub fn read(folder: &Path) -> (Self, Vec<IconError>) {
        let (mut icons, mut problems) = (BTreeMap::new(), Vec::new());
        let problem = |path: &Path, error| IconError::Unusable { path: path.to_owned(), error };
        let files = match files(folder) {
            Ok(files) => files,
            Err(error) => return (Self::default(), vec![problem(folder, error.into())]),
        };
        let ignored = files.len().saturating_sub(MOST);
        if ignored > 0 {
            problems.push(IconError::TooMany { folder: folder.to_owned(), ignored });
        }
        for path in files.into_iter().take(MOST) {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
            match Logo::read_at_most(&path, LARGEST) {
                Ok(icon) => {
                    icons.extend(stem.map(|stem| (stem, icon)));
                }
                Err(error) => problems.push(problem(&path, error)),
            }
        }
        (Self(icons), problems)
    }

    /// Returns each icon with the stem of its file's name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Logo)> {
        self.0.iter().map(|(name, icon)| (name.as_str(), icon))
    }
}

/// Returns the files of a folder, sorted by name. Hidden files are left out, because a folder that Kubernetes mounts
/// has some.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the stem (the name without its ending) of the icon file of a server: the host, the port if the base URL has
/// one, and the path, with `_` instead of each `/`.
pub fn file_stem(base: &Base) -> String {
    base.as_str().split_once("://").map_or_else(String::new, |(_, rest)| rest.replace('/', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg"/>"#;

    #[test]
    fn a_file_is_named_after_the_base_of_its_server() {
        for (base, stem) in [
            ("https://wiki.example.com", "wiki.example.com"),
            ("https://mcp.example.com/team/docs", "mcp.example.com_team_docs"),
            ("http://localhost:8080", "localhost:8080"),
        ] {
            assert_eq!(file_stem(&Base::parse(base).unwrap()), stem);
        }
    }

    #[test]
    fn each_file_that_can_be_shown_is_an_icon_and_each_other_one_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        file("wiki.example.com.svg", SVG.as_bytes());
        file("docs.png", b"\x89PNG\r\n\x1a\n....");
        file("large.png", &[&b"\x89PNG\r\n\x1a\n"[..], &[7; LARGEST]].concat());
        file("text.svg", b"GIF89a");
        file(".hidden", b"x");
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let (icons, problems) = Icons::read(folder.path());
        let names: Vec<&str> = icons.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["docs", "wiki.example.com"]);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("large.png") && problems[0].contains("1536 bytes"), "{problems:?}");
        assert!(problems[1].contains("text.svg"), "{problems:?}");
    }

    #[test]
    fn files_that_are_too_many_are_one_problem_that_says_how_many() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..MOST + 3 {
            std::fs::write(folder.path().join(format!("host-{number:04}.svg")), SVG).unwrap();
        }
        std::fs::write(folder.path().join(".hidden"), "x").unwrap();
        let (icons, problems) = Icons::read(folder.path());
        let names: Vec<&str> = icons.iter().map(|(name, _)| name).collect();
        assert_eq!((names.len(), names.last()), (MOST, Some(&"host-0999")), "the first by name are read");
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert!(problem.ends_with(": at most 1000 files are read; ignored: 3"), "{problem}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_one_problem() {
        let (icons, problems) = Icons::read(Path::new("/nowhere/icons"));
        assert_eq!((icons.iter().count(), problems.len()), (0, 1));
    }
}
