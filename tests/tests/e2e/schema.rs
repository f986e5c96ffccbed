//! Checks that `docs/openapi.yaml` describes the server. schemathesis generates requests from the description and
//! validates the server's responses, through real Traefik.

use std::time::Duration;

use e2e::paths;
use e2e::process::Program;
use e2e::runtime::run;
use tempfile::TempDir;

use crate::hosts::hosts;

#[test]
fn the_server_conforms_to_its_openapi_description() {
    run(async {
        let tenant = hosts().await.host("localhost");
        let directory = TempDir::new().expect("a temporary directory");
        let mut process = Program::new("schemathesis", paths::python())
            .args(["-m", "schemathesis.cli", "run"])
            .arg(paths::repository().join("docs/openapi.yaml"))
            .args(["--url", &tenant.base, "--seed", "1", "--max-examples", "60", "--no-color"])
            .args(["--phases", "coverage,fuzzing"])
            .args([
                "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            ])
            .directory(directory.path())
            .start(directory.path());
        let status = process.ended_within(Duration::from_mins(5)).await;
        let said = process.stdout();
        assert!(status.success(), "{said}\n{}", process.stderr());
        assert!(said.contains("Tested: 12"), "{said}");
    });
}
