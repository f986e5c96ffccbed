//! The quick start of the README, word for word, while the time is measured.

use std::time::Instant;

use e2e::guide::Page;
use e2e::paths;
use e2e::runtime::run;

use crate::world::{World, person};

/// Returns the first block of commands below `## Quick start`.
fn commands() -> String {
    let readme = std::fs::read_to_string(paths::repository().join("README.md")).expect("README.md");
    let (_, section) = readme.split_once("\n## Quick start\n").expect("the section");
    let (_, block) = section.split_once("```sh\n").expect("its commands");
    block.split_once("```").expect("their end").0.to_owned()
}

/// Only the port differs, and programs play the client and the person who logs in. The images exist already;
/// `tools/readme-clock.sh` also counts the time to build them.
#[test]
#[expect(clippy::disallowed_methods, reason = "the time is what is measured")]
fn the_quick_start_ends_in_a_tool_call() {
    run(async {
        let commands = commands();
        assert_eq!(
            Page::guide("compose").block("compose: start").lines().collect::<Vec<_>>(),
            commands.lines().map(|line| line.split(" #").next().unwrap_or(line).trim()).collect::<Vec<_>>(),
            "README and its guide have the same commands"
        );
        let world = World::prepare().await.with_only_the_quick_start();
        let started = Instant::now();
        let printed = world.run_commands(&commands).await;
        let password = printed.lines().last().expect("the password").to_owned();
        world.logs_in("localhost", person("alice", &password)).await;
        println!("readme: from the first command to a tool call: {:.1} s", started.elapsed().as_secs_f64());
    });
}
