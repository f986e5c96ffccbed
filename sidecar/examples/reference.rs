//! Writes the tables of the documentation that follow from the code: `make generate`. With `--check` it writes nothing
//! and fails where a table is out of date: `make verify`.
#![expect(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a tool of the repository, run by hand and by `make lint`"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use events::{Kind, Reason};
use protocol::resource::options::reference::{REFERENCE, Reference};
use sidecar::config;
use sidecar::doctor::{Check, Place};
use sidecar::metrics::series;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut stale = Vec::new();
    for (file, name, table) in tables(&root) {
        let path = root.join(file);
        let before = fs::read_to_string(&path).unwrap();
        let after = replaced(&before, name, &table);
        if after != before && check {
            stale.push(format!("{file}: the table `{name}` is out of date: run `make generate`"));
        } else if after != before {
            fs::write(&path, after).unwrap();
        }
    }
    for line in &stale {
        eprintln!("{line}");
    }
    if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// File, name and text of each table.
fn tables(root: &Path) -> Vec<(&'static str, &'static str, String)> {
    let table = |head: &str, columns: usize, rows: Vec<String>| {
        [head.to_owned(), "|---".repeat(columns) + "|"].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
    };
    let options = REFERENCE.iter().map(Reference::row).collect();
    let variables = config::variables().map(config::variable::Variable::row).collect();
    let metrics = series::ALL.iter().map(series::Series::row).collect();
    let kinds = Kind::ALL.iter().map(|kind| format!("| `{}` | {} |", kind.code(), kind.meaning())).collect();
    let reasons = Reason::ALL
        .iter()
        .map(|reason| {
            let (code, severity) = (reason.code(), reason.severity().code());
            format!("| `{code}` | {severity} | {} | {} |", reason.meaning(), reason.action())
        })
        .collect();
    let checks = |place: Place| {
        let own = Check::ALL.iter().filter(|check| check.row().place == place);
        let rows = own.map(|check| check.row().documentation()).collect();
        (
            "docs/doctor.md",
            place.word(),
            table("| check | | if all is well | otherwise | what to do |", 5, rows),
        )
    };
    let [outside, sidecar, traefik] = Place::ALL.map(checks);
    vec![
        outside,
        sidecar,
        traefik,
        ("docs/configuration.md", "options", table("| option | default | meaning |", 3, options)),
        ("docs/configuration.md", "variables", table("| variable | default | meaning |", 3, variables)),
        ("docs/operations/metrics.md", "metrics", table("| series | type | labels | meaning |", 4, metrics)),
        ("docs/operations/events.md", "kinds", table("| `event` | what happened |", 2, kinds)),
        (
            "docs/operations/events.md",
            "reasons",
            table("| `reason` | severity | what it means | what to do |", 4, reasons),
        ),
        ("docs/ARCHITECTURE.md", "routes", table("| route | methods | file |", 3, routes(root))),
    ]
}

/// The text with what stands between the marks of this table replaced.
fn replaced(text: &str, name: &str, table: &str) -> String {
    let mark = format!("<!-- generated: {name} -->\n");
    let (before, rest) = text.split_once(&mark).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{mark}{table}\n<!-- end -->{after}")
}

/// A row for each route of the sidecar.
fn routes(root: &Path) -> Vec<String> {
    let mut rows = Vec::new();
    for file in sources(&root.join("sidecar/src")) {
        let text = fs::read_to_string(&file).unwrap();
        for call in text.split(".route(\"").skip(1) {
            let (path, rest) = call.split_once('"').unwrap();
            let handlers = call_end(rest);
            let methods = ["get", "post", "put", "delete"].map(|method| {
                let named = [format!("{method}("), format!(".{method}(")];
                let is_called = handlers.split([',', ' ', '.', '\n']).any(|word| word.starts_with(&named[0]));
                is_called.then(|| method.to_uppercase())
            });
            let methods: Vec<String> = methods.into_iter().flatten().collect();
            let file = file.strip_prefix(root).unwrap().display();
            rows.push(format!("| `{path}` | {} | `{file}` |", methods.join(", ")));
        }
    }
    rows.sort();
    rows
}

/// What follows up to the parenthesis that closes the call.
fn call_end(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.ends_with("tests") {
            // What a test serves is no route of the sidecar's.
        } else if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found
}
