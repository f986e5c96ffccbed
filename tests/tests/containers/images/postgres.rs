//! The image of PostgreSQL, from the server of this machine.

use std::path::PathBuf;

use e2e::paths;
use e2e::process::Program;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{below, context, copy, copy_folder, image, libraries};
use crate::engine::Engine;

const POSTGRES: &str = "docker.io/library/postgres:17";

/// Builds it, once for all tests.
pub async fn build(engine: &Engine) {
    static BUILT: OnceCell<()> = OnceCell::const_new();
    BUILT.get_or_init(|| built(engine)).await;
}

async fn built(engine: &Engine) {
    let context = context(engine);
    let root = context.path();
    let folder = paths::postgres();
    let programs = ["postgres", "initdb", "pg_isready"].map(|name| folder.join(name));
    let shell = PathBuf::from("/bin/sh");
    for program in programs.iter().chain([&shell]) {
        for library in libraries(engine, program).await {
            copy(&library, &below(root, &library));
        }
        copy(program, &below(root, program));
    }
    for option in ["--pkglibdir", "--sharedir"] {
        let asked = Program::new(&format!("pg_config{option}"), folder.join("pg_config")).arg(option);
        let logs = TempDir::new_in(engine.logs()).expect("a temporary folder");
        let place = PathBuf::from(asked.run(logs.path(), "").await.trim());
        copy_folder(engine, &place, &below(root, &place)).await;
    }
    copy(&paths::of_tests("tests/containers/images/postgres.sh"), &root.join("start.sh"));
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).expect("a file");
    std::fs::create_dir_all(root.join("etc")).expect("a folder");
    write("etc/passwd", "postgres:x:999:999::/:/bin/sh\n");
    for place in ["own/var/lib/postgresql/data", "own/run/postgresql", "own/var/run/postgresql", "own/tmp"] {
        std::fs::create_dir_all(root.join(place)).expect("a folder");
    }
    image(engine, POSTGRES, "postgres", root).await;
}
