//! The table. Every client in use stays far below each number. What is not stored may be larger than what is.

use super::{Group, limits};

limits! {
    /// Any request
    ///
    /// These limits also bound what no other limit names: parameters and members that are unknown here, and headers
    /// that are not read.
    pub mod request {
        /// The largest accepted registration and a token request with the longest assertion take less than a third.
        BODY: "the body" = 65_536 Bytes;
        /// All parameters of an authorization request at their limits, each byte escaped, have some 31 KiB.
        QUERY: "the query" = 32_768 Bytes;
        /// Clients send up to 15; each name is compared with the others.
        PARAMETERS: "the form" = 100 Values;
        /// All lines together, names and values. Of `Cookie`, `Origin`, `User-Agent`, `X-Forwarded-For` and others no
        /// part is stored; a browser sends up to some 10 KiB of cookies of a host's other applications.
        HEADERS: "the header section" = 65_536 Bytes;
        /// The name of a scheme and 8 KiB of credentials: the longest access token, or the longest Basic credentials.
        AUTHORIZATION: "Authorization" = 8_199 Bytes;
        /// The ids made here have 22 characters, those of imported clients up to 64.
        CLIENT_IN_PATH: "client_id" = 128 Bytes;
    }

    /// Authorization request
    ///
    /// What is stored of it is stored for the ten minutes of the login.
    pub mod authorize {
        /// It may be the address of a client document, and every browser and proxy accepts an address of 2 KiB.
        CLIENT_ID: "client_id" = 2_048 Bytes;
        /// As long as one that can be registered.
        REDIRECT_URI: "redirect_uri" = 2_048 Bytes;
        /// Only `code` is accepted; known combinations have at most 19 characters.
        RESPONSE_TYPE: "response_type" = 64 Bytes;
        /// Only `query` is accepted; known values have at most 13 characters.
        RESPONSE_MODE: "response_mode" = 64 Bytes;
        /// Stored and returned. Most clients send 16 to 64 bytes; those that put a signed or encrypted token there send 1
        /// to 2 KiB.
        STATE: "state" = 4_096 Bytes;
        /// More scopes do not fit into an access token. Only those that are offered are stored.
        SCOPE: "scope" = 4_096 Bytes;
        /// Clients request what `scopes_supported` lists; tens are usual.
        SCOPES: "scope" = 256 Values;
        /// SHA-256 in base64url has exactly this length (RFC 7636 §4.2).
        CODE_CHALLENGE: "code_challenge" = 43 Bytes;
        /// Only `S256` is accepted; the other known value is `plain`.
        CODE_CHALLENGE_METHOD: "code_challenge_method" = 64 Bytes;
        /// An address of this server; every browser and proxy accepts an address of 2 KiB.
        RESOURCE: "resource" = 2_048 Bytes;
        /// All values of OpenID Connect Core together have 33 characters.
        PROMPT: "prompt" = 256 Bytes;
        /// A mail address has at most 254 bytes, the opaque hints of providers some hundred.
        LOGIN_HINT: "login_hint" = 1_024 Bytes;
        /// The digits of a 32-bit number.
        MAX_AGE: "max_age" = 10 Bytes;
        /// All stored parameters together. A login then takes two pages of the database file, and a state of 4 KiB
        /// leaves 2 KiB for the addresses.
        KEPT: "the request" = 6_144 Bytes;
    }

    /// Client authentication
    ///
    /// At the token, revocation and introspection endpoints. None of it is stored.
    pub mod credentials {
        /// As in an authorization request.
        CLIENT_ID: "client_id" = 2_048 Bytes;
        /// Secrets made here have 49 characters; imported ones and those of the operator's file may be longer.
        CLIENT_SECRET: "client_secret" = 2_048 Bytes;
        /// The one accepted value has 54 characters (RFC 7523 §2.2).
        CLIENT_ASSERTION_TYPE: "client_assertion_type" = 256 Bytes;
        /// Signed with RSA of 4096 bits and with a certificate chain in its header an assertion has some 6 KiB.
        CLIENT_ASSERTION: "client_assertion" = 8_192 Bytes;
    }

    /// Token request
    ///
    /// None of it is stored.
    pub mod token {
        /// The longest registered name has 47 characters.
        GRANT_TYPE: "grant_type" = 256 Bytes;
        /// Codes made here have 49 characters; others cannot be redeemed.
        CODE: "code" = 2_048 Bytes;
        /// As long as one that can be registered.
        REDIRECT_URI: "redirect_uri" = 2_048 Bytes;
        /// RFC 7636 §4.1.
        CODE_VERIFIER: "code_verifier" = 128 Bytes;
        /// Refresh tokens made here have 49 characters; others cannot be used.
        REFRESH_TOKEN: "refresh_token" = 2_048 Bytes;
        /// As long as a client assertion; it may name the groups of the user.
        ASSERTION: "assertion" = 8_192 Bytes;
        /// As in an authorization request.
        SCOPE: "scope" = 4_096 Bytes;
        /// As in an authorization request.
        SCOPES: "scope" = 256 Values;
        /// As in an authorization request.
        RESOURCE: "resource" = 2_048 Bytes;
    }

    /// Revocation and introspection request
    ///
    /// None of it is stored.
    pub mod presented_token {
        /// The longest access token that the plugin accepts.
        TOKEN: "token" = 8_192 Bytes;
        /// The longest registered value has 13 characters (RFC 7009 §4.1.2).
        TOKEN_TYPE_HINT: "token_type_hint" = 64 Bytes;
    }

    /// Client registration
    ///
    /// For a registration, its update and a client document. Members that are not listed are ignored and not stored.
    pub mod registration {
        /// What is stored of a client. Clients in use have at most 1.5 KiB; with ids and times a record of this size takes two
        /// pages of the database file.
        METADATA: "the client metadata" = 6_144 Bytes;
        /// Every browser and proxy accepts an address of 2 KiB.
        REDIRECT_URI: "redirect_uris" = 2_048 Bytes;
        /// Clients that list each of their environments send up to 10.
        REDIRECT_URIS: "redirect_uris" = 32 Values;
        /// The longest registered name has 27 characters.
        TOKEN_ENDPOINT_AUTH_METHOD: "token_endpoint_auth_method" = 64 Bytes;
        /// As in a token request.
        GRANT_TYPE: "grant_types" = 256 Bytes;
        /// More values than are registered; not stored.
        GRANT_TYPES: "grant_types" = 16 Values;
        /// As in an authorization request.
        RESPONSE_TYPE: "response_types" = 64 Bytes;
        /// More values than are registered; not stored.
        RESPONSE_TYPES: "response_types" = 16 Values;
        /// The consent page shows 80 characters of it.
        CLIENT_NAME: "client_name" = 200 Bytes;
        /// As in an authorization request.
        SCOPE: "scope" = 4_096 Bytes;
        /// The URL of a page.
        CLIENT_URI: "client_uri" = 2_048 Bytes;
        /// A URL; `data:` URLs are not accepted.
        LOGO_URI: "logo_uri" = 2_048 Bytes;
        /// The URL of a page.
        TOS_URI: "tos_uri" = 2_048 Bytes;
        /// The URL of a page.
        POLICY_URI: "policy_uri" = 2_048 Bytes;
        /// The URL of a key set.
        JWKS_URI: "jwks_uri" = 2_048 Bytes;
        /// Usually a UUID.
        SOFTWARE_ID: "software_id" = 256 Bytes;
        /// A version and perhaps a build.
        SOFTWARE_VERSION: "software_version" = 256 Bytes;
        /// `native` or `web`.
        APPLICATION_TYPE: "application_type" = 64 Bytes;
        /// A mail address has at most 254 bytes.
        CONTACT: "contacts" = 256 Bytes;
        /// More than a page would show.
        CONTACTS: "contacts" = 16 Values;
        /// Four RSA keys of 4096 bits. A client with more, or with certificates, uses `jwks_uri`.
        JWKS: "jwks" = 4_096 Bytes;
        /// If an assertion names no key (`kid`), each of them is tried.
        JWKS_KEYS: "jwks" = 16 Values;
        /// The name of a member with its language: the longest name and a tag of BCP 47.
        MEMBER_NAME: "the name of a member" = 64 Bytes;
        /// `client_name#de` and others (RFC 7591 §2.2) together: they are stored and returned, and no page shows them.
        TRANSLATIONS: "the translated members" = 16 Values;
        /// The id that an update repeats.
        CLIENT_ID: "client_id" = 2_048 Bytes;
        /// The secret that an update repeats.
        CLIENT_SECRET: "client_secret" = 2_048 Bytes;
    }

    /// Pages
    ///
    /// Forms that our own pages send.
    pub mod page {
        /// 32 bytes in base64url have 43 characters.
        FLOW: "flow" = 64 Bytes;
        /// 32 bytes in base64url have 43 characters.
        CSRF: "csrf" = 64 Bytes;
        /// `approve`, `deny` or `another_account`.
        DECISION: "decision" = 16 Bytes;
        /// As long as a subject of a token.
        USERNAME: "username" = 255 Bytes;
        /// Longer than any that is typed. Hashing it costs the same whatever its length is.
        PASSWORD: "password" = 1_024 Bytes;
        /// Six digits, or twenty of a recovery code, with spaces or hyphens between them.
        CODE: "code" = 64 Bytes;
        /// A second factor that is being set up: a secret, a time and a user name of 255 bytes, sealed, in base64url.
        ENROLMENT: "enrolment" = 512 Bytes;
        /// `second_factor` or `passkey`: what the account page shows how to set up.
        SET_UP: "set_up" = 16 Bytes;
        /// As long as a password.
        NEW_PASSWORD: "new_password" = 1_024 Bytes;
        /// As long as a password.
        REPEATED_PASSWORD: "repeated_password" = 1_024 Bytes;
        /// What a button does: on the connections page `end`, `end_all`, `end_all_confirmed`, `end_token`,
        /// `create_token` or `sign_out`, on the account page `password`, `enrol`, `turn_off`,
        /// `prove_password`, `add_passkey` or `remove_passkey`.
        ACTION: "action" = 32 Bytes;
        /// 16 bytes in base64url have 22 characters.
        GRANT: "grant" = 32 Bytes;
        /// At which connection a page of the list begins; a user has at most 128.
        FROM: "from" = 4 Bytes;
        /// What the page says was done: `one`, `all`, `token`, `none`, `password`, `turned_off`, `passkey_added` or
        /// `passkey_removed`.
        DONE: "done" = 16 Bytes;
        /// `json`: the list as a file.
        DOWNLOAD: "download" = 8 Bytes;
        /// `tokens` or `new-token`: which of the pages about connections is shown.
        VIEW: "view" = 16 Bytes;
        /// The browser's response for a passkey, as JSON. With an RSA key and the longest credential id it has about 4
        /// KiB.
        PASSKEY: "passkey" = 8_192 Bytes;
        /// 32 bytes in base64url have 43 characters.
        PASSKEY_ID: "passkey_id" = 64 Bytes;
        /// The name that a user gives to a personal access token or a passkey; lists show 80 characters of it.
        TOKEN_NAME: "name" = 200 Bytes;
        /// After how many days a personal access token ends; the most is 366.
        DAYS: "days" = 3 Bytes;
        /// 16 bytes in base64url have 22 characters.
        ONCE: "once" = 32 Bytes;
    }

    /// How to connect
    ///
    /// What the plugin tells the page about connecting.
    pub mod connect {
        /// The plugin leaves out a longer one.
        PATH: "path" = 1_024 Bytes;
    }

    /// The provider's response
    ///
    /// What a browser sends to the callback. The code is sent to the provider; the rest is compared.
    pub mod callback {
        /// Codes of Entra have some 2 KiB.
        CODE: "code" = 8_192 Bytes;
        /// The one that was sent has 43 characters.
        STATE: "state" = 128 Bytes;
        /// An issuer is an address.
        ISS: "iss" = 2_048 Bytes;
        /// The longest code of OpenID Connect has 33 characters.
        ERROR: "error" = 128 Bytes;
    }

    /// Tokens, keys and addresses
    ///
    /// In the plugin too, whose memory and stack are small.
    pub mod token_format {
        /// With an address, a name and 100 groups a token has some 4 KiB; servers behind Traefik accept 8 KiB of one header.
        ACCESS_TOKEN: "the access token" = 8_192 Bytes;
        /// Any compact JWS that is read: twice an access token.
        JWS: "the token" = 16_384 Bytes;
        /// A file of keys with certificate chains.
        KEY_SET: "the key set" = 262_144 Bytes;
        /// Providers publish up to ten; each is tried when a token names none.
        KEYS: "the key set" = 64 Values;
        /// Members of one JSON object; each name is compared with the others.
        JSON_MEMBERS: "a JSON object" = 256 Values;
        /// Nested objects and lists. The reader is recursive.
        JSON_DEPTH: "nested JSON" = 8 Values;
        /// A base or a resource, in options as well.
        URI: "the URI" = 4_096 Bytes;
    }

    /// Tool policy
    ///
    /// In the plugin, where `toolPolicy` or `publicMethods` is set. A body is read in pieces, of which nothing is kept but
    /// the texts that decide.
    pub mod policy {
        /// Arguments of tools may hold a document or an image. Traefik keeps the body until it is decided.
        BODY: "the body" = 1_048_576 Bytes;
        /// Of requests without a token. Requests to initialize and to list have some hundred bytes.
        PUBLIC_BODY: "the body without a token" = 65_536 Bytes;
        /// A method, the name of a tool or prompt, or a resource's URI. Names of tools have at most 128 characters (MCP
        /// 2025-11-25).
        NAME: "a method, name or URI" = 1_024 Bytes;
        /// Clients that batch send some few.
        MESSAGES: "a batch" = 100 Values;
        /// As deep as `serde_json` reads; one bit of state for each.
        DEPTH: "nested JSON in a message" = 128 Values;
        /// Which rules a token satisfies is one number of 64 bits.
        RULES: "toolPolicy" = 64 Values;
        /// A rule's pattern, or a public method. The time to match grows with its length.
        PATTERN: "a pattern" = 256 Bytes;
        /// MCP has some 20 methods.
        PUBLIC_METHODS: "publicMethods" = 32 Values;
        /// A response to cut: thousands of tools with their schemas. With what the plugin needs besides, it fits twice into the
        /// 16 MiB that an instance gets at most.
        LIST: "a list to cut" = 4_194_304 Bytes;
        /// Places in such a response that change, each with 16 bytes. Entries that are left out one after the other are one.
        LIST_EDITS: "the changes in a list" = 10_000 Values;
    }

    /// Documents that are fetched
    ///
    /// A client names the first three, an operator the others.
    pub mod document {
        /// Documents in use have less than 2 KiB.
        CLIENT_DOCUMENT: "the client document" = 10_240 Bytes;
        /// Ten keys with certificate chains.
        CLIENT_KEY_SET: "the keys at jwks_uri" = 65_536 Bytes;
        /// If an assertion names no key (`kid`), each of them is tried.
        CLIENT_KEYS: "the keys at jwks_uri" = 32 Values;
        /// Discovery, keys, tokens and userinfo of a provider; the key sets of large ones have some 20 KiB.
        PROVIDER_RESPONSE: "the provider's response" = 262_144 Bytes;
    }

    /// What is stored
    ///
    /// How many records unauthenticated clients can create, and how long these are kept; and how many personal access
    /// tokens and passkeys a user can make.
    pub mod stored {
        /// Clients that nobody has approved yet. Beyond them, and 256 more, the 256 that were unused for the longest are
        /// removed together. One address that registers for a day without a pause creates 14,400.
        UNAPPROVED_CLIENTS: "the clients that nobody approved" = 20_000 Values;
        /// A client registers just before it sends a user to the login; a day is enough for a user who comes back later.
        UNAPPROVED_CLIENT_LIFE: "the life of a client that nobody approved" = 86_400 Seconds;
        /// Those of one user at one tenant that are in force. A further one is refused; the oldest is not revoked instead, because a
        /// script may depend on it.
        PERSONAL_TOKENS: "the personal access tokens of a user" = 16 Values;
        /// Those of one user at one tenant that were revoked and have not expired. Until then, the list of revoked grants has to
        /// contain each of them.
        ENDED_PERSONAL_TOKENS: "the personal access tokens that a user ended early" = 48 Values;
        /// The passkeys of one local user, at all hosts together. A further passkey is refused; people have only a few
        /// devices.
        PASSKEYS: "the passkeys of a user" = 10 Values;
    }
}
