//! Reasons about clients: their registration, authentication and metadata documents.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
        InitialToken, "initial_token", Suspicious,
            "A registration has no valid initial access token.",
            "Give the client the token of `BOUNCER_DCR_INITIAL_TOKEN`.";
        RegistrationToken, "registration_token", Suspicious,
            "A request to a client's registration has no valid registration access token.",
            "Nothing, unless the client lost its token: it registers again.";
        ClientMetadata, "client_metadata", Normal,
            "The metadata of a client cannot be accepted.",
            "The detail says which member; the client has to change it.";
        ClientUnknown, "client_unknown", Normal,
            "The client is not registered at this tenant, or was deleted.",
            "Nothing: the client registers again.";
        ClientCredentials, "client_credentials", Normal,
            "The client's credentials are malformed or missing.",
            "Nothing: the client is at fault.";
        ClientNotProven, "client_not_proven", Suspicious,
            "The client's secret or assertion is wrong.",
            "Check the secret in the client, or in `BOUNCER_CLIENTS_FILE`.";
        ClientKeys, "client_keys", Fault,
            "The keys of a client cannot be fetched.",
            "Check that the sidecar reaches the client's `jwks_uri`.";
        ClientRecord, "client_record", Fault,
            "The stored record of a client cannot be used.",
            "Delete the client (`mcpbouncer clients remove`); it registers again.";
        ClientsFile, "clients_file", Fault,
            "The clients file has changed and cannot be used. The clients that it listed before stay in force, even if they were removed from it.",
            "Mend the file (`BOUNCER_CLIENTS_FILE`); the detail says what is wrong.";
        ClientDocument, "client_document", Normal,
            "The metadata document of a client is not acceptable.",
            "The detail says why; its publisher has to change it.";
        ClientDocumentUnreachable, "client_document_unreachable", Normal,
            "The metadata document of a client cannot be fetched.",
            "Check that the sidecar reaches the internet (`BOUNCER_OUTBOUND_PROXY`).";
        NoWayOut, "no_way_out", Fault,
            "No host on the internet can be reached, so client ID metadata documents are not advertised.",
            "Set `BOUNCER_OUTBOUND_PROXY`, or `BOUNCER_CLIENT_DOCUMENTS=false` if this is meant.";
        }
    };
}
pub(super) use rows;
