//! Labels of the earlier MCPBouncer, without any for OAuth paths, beside a server with the one label.

use e2e::browser::Person;
use e2e::ports::Held;
use e2e::runtime::run;
use e2e::sidecar::ALICE;

use crate::world::World;

#[test]
fn a_client_logs_in_with_the_labels_of_the_earlier_program() {
    run(async {
        let idp = Held::any();
        let world = World::prepare().await;
        let world =
            world.with_files(&["compose.yml", "…/original.yml"]).with("IDP_PORT", &idp.number().to_string());
        world.run("compose: start").await;
        world.is_served("localhost").await;
        let mut client = world.logs_in("127.0.0.1/wiki", Person::user(ALICE)).await;
        client.expire().await;
        assert_eq!(client.call().await, 2, "the refresh returned a second");
        assert_eq!(client.asked, 1, "the user logged in once");
    });
}
