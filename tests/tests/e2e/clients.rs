//! Real MCP clients: discovery, registration, login, consent, tool call, forced refresh, tool call.

use e2e::browser::Person;
use e2e::clients::{Client, Kind};
use e2e::http::Http;
use e2e::runtime::run;
use e2e::sidecar::ALICE;
use e2e::wire::Message;

use crate::shared;

/// Runs the whole sequence once.
pub async fn full_sequence(kind: Kind, url: &str, http: &Http) {
    let mut client = Client::start(kind, url, http);
    client.connect(Person::user(ALICE)).await;
    assert_eq!(client.call().await, 1, "one token response so far");
    client.expire().await;
    assert_eq!(client.call().await, 2, "the refresh returned a second");
    assert_eq!(client.asked, 1, "the user logged in once");
}

macro_rules! whole_ways {
    ($($name:ident: $kind:ident at $place:literal of $served:ident;)*) => {$(
        #[test]
        fn $name() {
            run(async {
                let served = shared::$served().await;
                full_sequence(Kind::$kind, &served.url($place), &served.stack.http).await;
            });
        }
    )*};
}

whole_ways! {
    client_v2_on_a_host_of_its_own_with_local_users: ClientV2 at "host" of local;
    client_v2_below_a_path_with_local_users: ClientV2 at "docs" of local;
    client_v2_below_a_path_federated: ClientV2 at "code" of local;
    client_v2_on_a_host_of_its_own_federated: ClientV2 at "host" of federated;
    sdk_v1_on_a_host_of_its_own_with_local_users: SdkV1 at "host" of local;
    sdk_v1_below_a_path_with_local_users: SdkV1 at "docs" of local;
    sdk_v1_below_a_path_federated: SdkV1 at "code" of local;
    sdk_v1_on_a_host_of_its_own_federated: SdkV1 at "host" of federated;
    python_on_a_host_of_its_own_with_local_users: Python at "host" of local;
    python_below_a_path_with_local_users: Python at "docs" of local;
    python_below_a_path_federated: Python at "code" of local;
    python_on_a_host_of_its_own_federated: Python at "host" of federated;
    mcp_remote_on_a_host_of_its_own_with_local_users: McpRemote at "host" of local;
    mcp_remote_below_a_path_with_local_users: McpRemote at "docs" of local;
    mcp_remote_below_a_path_federated: McpRemote at "code" of local;
    mcp_remote_on_a_host_of_its_own_federated: McpRemote at "host" of federated;
}

/// Also checks that the MCP server's access log records requests, because other tests rely on it being empty. The
/// requests have the identity headers and no token.
#[test]
fn the_mcp_server_receives_the_callers_identity() {
    run(async {
        let served = shared::local().await;
        let mut client = Client::start(Kind::SdkV1, &served.url("host"), &served.stack.http);
        client.connect(Person::user(ALICE)).await;
        client.call().await;
        let requests = served.server.requests();
        let told = |request: &&Message| request.values("x-mcp-sub").join("") == ALICE.name;
        let own: Vec<_> = requests.iter().filter(told).collect();
        assert!(own.iter().any(|request| request.start.starts_with("POST /mcp ")), "{requests:?}");
        for request in own {
            assert!(request.values("x-mcp-iss").is_empty(), "forwardIssuer is not set: {request:?}");
            assert!(request.values("authorization").is_empty(), "{request:?}");
        }
    });
}
