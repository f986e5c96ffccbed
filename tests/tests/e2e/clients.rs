//! Real MCP clients: discovery, registration, login, consent, tool call, forced refresh, tool call.

use e2e::browser::Person;
use e2e::clients::{Client, Kind};
use e2e::runtime::run;
use e2e::sidecar::ALICE;

use crate::shared::{self, Served};

/// The whole way, once.
async fn whole_way(kind: Kind, served: &Served, place: &str) {
    let mut client = Client::start(kind, &served.url(place), &served.stack.http);
    client.connect(Person::user(ALICE)).await;
    assert_eq!(client.call().await, 1, "one token answer so far");
    client.expire().await;
    assert_eq!(client.call().await, 2, "the refresh gave a second");
    assert_eq!(client.asked, 1, "the person logged in once");
}

macro_rules! whole_ways {
    ($($name:ident: $kind:ident at $place:literal of $served:ident;)*) => {$(
        #[test]
        fn $name() {
            run(async { whole_way(Kind::$kind, shared::$served().await, $place).await });
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
