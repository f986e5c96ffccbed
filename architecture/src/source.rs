//! The files of a crate and their modules.

use crate::syntax::is_test_only;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

/// The reason why sources could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or folder could not be read.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// A file is not Rust.
    #[error("{0}: {1}")]
    Syntax(String, syn::Error),
}

/// The parsed files of a crate, by their paths below `src`, such as `resource/gate/mod.rs`.
pub struct Sources {
    pub(crate) files: BTreeMap<String, File>,
}

/// One parsed file.
pub(crate) struct File {
    /// The path of the file's module, such as `resource::gate`; empty for the crate's root.
    pub(crate) module: String,
    pub(crate) lines: usize,
    pub(crate) syntax: syn::File,
    /// Whether the file is compiled only for tests.
    pub(crate) test_only: bool,
}

impl Sources {
    /// Reads every `.rs` file below a folder, which is the `src` of a crate.
    pub fn read(src: &Path) -> Result<Self, SourceError> {
        let mut texts = BTreeMap::new();
        collect(src, "", &mut texts)?;
        Self::parse(texts)
    }

    /// Parses sources with these texts, by path below `src`.
    pub fn parse(texts: impl IntoIterator<Item = (String, String)>) -> Result<Self, SourceError> {
        let texts: BTreeMap<String, String> = texts.into_iter().collect();
        let has_library = texts.contains_key("lib.rs");
        let mut files = BTreeMap::new();
        for (path, text) in texts {
            let syntax = syn::parse_file(&text).map_err(|error| SourceError::Syntax(path.clone(), error))?;
            let (module, lines) = (module_of(&path, has_library), text.lines().count());
            files.insert(path, File { module, lines, syntax, test_only: false });
        }
        let test_roots: BTreeSet<String> = files.values().flat_map(test_modules).collect();
        for file in files.values_mut() {
            file.test_only = test_roots.iter().any(|root| is_at_or_below(&file.module, root));
        }
        Ok(Self { files })
    }

    /// The files that are compiled into the product.
    pub(crate) fn product(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().filter(|(_, file)| !file.test_only).map(|(path, file)| (path.as_str(), file))
    }
}

fn collect(folder: &Path, below: &str, texts: &mut BTreeMap<String, String>) -> Result<(), SourceError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| SourceError::Io(path, error)
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = [below, &name].concat();
        if path.is_dir() {
            collect(&path, &[&name, "/"].concat(), texts)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.insert(name, fs::read_to_string(&path).map_err(failed(&path))?);
        }
    }
    Ok(())
}

/// The module of the file at this path. `main.rs` beside a library is a program of its own that uses the library, so it
/// is not the root: if it were, its names would replace those of the library, and no path with `crate` would be found.
fn module_of(path: &str, has_library: bool) -> String {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let is_root = path == "lib" || (path == "main" && !has_library);
    if is_root { String::new() } else { path.replace('/', "::") }
}

/// The modules that a file declares only for tests.
fn test_modules(file: &File) -> impl Iterator<Item = String> {
    file.syntax.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && is_test_only(&module.attrs) => {
            Some(child(&file.module, &module.ident.to_string()))
        }
        _ => None,
    })
}

/// The path of a module's child.
pub(crate) fn child(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { [module, "::", name].concat() }
}

/// The path of a module's parent; the crate's root is its own parent.
pub(crate) fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

/// Whether a module equals `root` or is inside it.
pub(crate) fn is_at_or_below(module: &str, root: &str) -> bool {
    root.is_empty() || module.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
