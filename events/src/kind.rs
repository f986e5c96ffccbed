//! The kinds of events.

/// Whether an event is a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused: the caller is at fault, or not entitled.
    Refused,
    /// It failed: this server, its settings or a provider is at fault.
    Failed,
}

impl Outcome {
    /// The name in logs, metrics and audit rows.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Who can cause an event. The audit keeps the two apart, so that strangers cannot displace what matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// A user who signed in, a client with a valid grant, an administrator, or this server itself.
    Yes,
    /// Anyone who can send a request.
    No,
}

macro_rules! kinds {
    ($($(#[doc = $meaning:literal])+ $kind:ident = $code:literal $message:literal $proven:ident,)+) => {
        /// A kind of event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[doc = $meaning])+ $kind,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The name in logs, metrics and audit rows.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)+ }
            }

            /// What happened, in words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => concat!($($meaning,)+).trim_ascii(),)+ }
            }

            /// The sentence of its log line.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$kind => $message,)+ }
            }

            /// Who can cause it.
            pub const fn proven(self) -> Proven {
                match self { $(Self::$kind => Proven::$proven,)+ }
            }
        }
    };
}

kinds! {
    /// A request was refused or failed; the reason says why.
    Request = "request" "request refused" No,
    /// A client registered itself (RFC 7591).
    ClientRegistered = "client_registered" "client registered" No,
    /// A client changed its metadata (RFC 7592).
    ClientUpdated = "client_updated" "client metadata updated" Yes,
    /// A client deleted its registration (RFC 7592), or an administrator did.
    ClientDeleted = "client_deleted" "client deleted" Yes,
    /// A user signed in with a password, or at the provider.
    SignIn = "sign_in" "signed in" Yes,
    /// A sign-in was refused: wrong password or code, too many attempts, or no access here.
    SignInRefused = "sign_in_refused" "sign-in refused" No,
    /// A user approved a client.
    ConsentGiven = "consent_given" "consent given" Yes,
    /// A user denied a client.
    ConsentDenied = "consent_denied" "consent denied" No,
    /// A login ended without a code; the reason says why.
    LoginEnded = "login_ended" "login ended without a code" No,
    /// An authorization code was issued.
    CodeIssued = "code_issued" "code issued" Yes,
    /// An access token was issued for a code or another grant.
    TokenIssued = "token_issued" "token issued" Yes,
    /// A user made a personal access token, or an administrator made one for a user; the detail is its name.
    PersonalTokenMade = "personal_token_made" "personal access token made" Yes,
    /// An access token was issued for a refresh token.
    TokenRefreshed = "token_refreshed" "token refreshed" Yes,
    /// A grant ended before its time; the reason says why.
    GrantRevoked = "grant_revoked" "grant revoked" Yes,
    /// The provider revoked its tokens of a user whose last grant ended (`upstreamToken`); if the event has a reason,
    /// they were not revoked.
    UpstreamRevoked = "upstream_revoked" "the provider's tokens were revoked" Yes,
    /// A session in a browser ended before its time, because the user signed out or lost access, or because a copy of its
    /// cookie was used; the reason says which. Not recorded one by one: sessions that end together with grants ("end all",
    /// `grants end --user`, `users disable`, `users remove`), and those that another sign-in replaces.
    SessionEnded = "session_ended" "session ended" Yes,
    /// A user changed how they sign in; `action` says what.
    AccountChanged = "account_changed" "account changed" Yes,
    /// The ring of signing keys changed.
    KeysChanged = "keys_changed" "the signing key ring has changed" Yes,
    /// A backup was written.
    BackedUp = "backed_up" "backed up" Yes,
    /// An administrator asked for something or changed something.
    Administration = "administration" "administration" Yes,
    /// A problem appeared in the routers of a Traefik.
    RouterProblem = "router_problem" "router problem" Yes,
    /// A problem in the routers of a Traefik is gone.
    RouterMended = "router_mended" "router mended" Yes,
    /// Something in this server or its surroundings failed.
    Operation = "operation" "operation" Yes,
    /// The server started.
    Started = "started" "started" Yes,
    /// The server stopped.
    Stopped = "stopped" "stopped" Yes,
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn meanings_are_sentences() {
        for kind in Kind::ALL {
            assert!(kind.meaning().ends_with('.') && !kind.meaning().contains("  "), "{kind:?}");
        }
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Kind::ALL.len());
    }
}
