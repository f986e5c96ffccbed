//! The image of PostgreSQL, built from the server of this machine.

use std::path::{Path, PathBuf};

use e2e::paths;
use e2e::process::Program;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{below, context, copy, copy_folder, image, libraries};
use crate::engine::Engine;

const POSTGRES: &str = "docker.io/library/postgres:17";

/// Builds the image, once for all tests.
pub async fn build(engine: &Engine) {
    static BUILT: OnceCell<()> = OnceCell::const_new();
    BUILT.get_or_init(|| built(engine)).await;
}

async fn built(engine: &Engine) {
    let context = context(engine);
    let root = context.path();
    let folder = paths::postgres();
    for name in ["postgres", "initdb", "pg_isready"] {
        let program = folder.join(name);
        with_libraries(engine, root, &program).await;
        // `initdb` finds the other programs by its own location; scripts call these by their names, for which the links
        // are.
        let link = below(root, &Path::new("/usr/local/bin").join(name));
        std::fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
        std::os::unix::fs::symlink(&program, link).expect("a link");
    }
    with_libraries(engine, root, Path::new("/bin/sh")).await;
    for option in ["--pkglibdir", "--sharedir"] {
        let asked = Program::new(&format!("pg_config{option}"), folder.join("pg_config")).arg(option);
        let logs = TempDir::new_in(engine.logs()).expect("a temporary folder");
        let place = PathBuf::from(asked.run(logs.path(), "").await.trim());
        copy_folder(engine, &place, &below(root, &place)).await;
    }
    // The sidecar sets the time zone of its session, so the server needs this file.
    let zone = Path::new("/usr/share/zoneinfo/UTC");
    copy(zone, &below(root, zone));
    copy(&paths::of_tests("tests/containers/images/postgres.sh"), &root.join("start.sh"));
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).expect("a file");
    std::fs::create_dir_all(root.join("etc")).expect("a folder");
    write("etc/passwd", "postgres:x:999:999::/:/bin/sh\n");
    for place in ["own/var/lib/postgresql/data", "own/var/run/postgresql", "own/tmp"] {
        std::fs::create_dir_all(root.join(place)).expect("a folder");
    }
    image(engine, POSTGRES, "postgres", root).await;
}

/// Copies a program with its shared libraries.
async fn with_libraries(engine: &Engine, root: &Path, program: &Path) {
    for library in libraries(engine, program).await {
        copy(&library, &below(root, &library));
    }
    copy(program, &below(root, program));
}
