//! The reasons why a grant or a session ended.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
        RevokedByClient, "revoked_by_client", Normal,
            "The client revoked one of its tokens (RFC 7009).",
            "Nothing.";
        ClientRemoved, "client_removed", Normal,
            "The client was deleted.",
            "Nothing.";
        RedirectDropped, "redirect_dropped", Normal,
            "The client no longer lists the redirect URI of the grant.",
            "Nothing.";
        CrowdedOut, "crowded_out", Suspicious,
            "The user reached the maximum number of grants, so the oldest ended.",
            "Nothing, unless a client connects in a loop.";
        EndedByAdministrator, "ended_by_administrator", Normal,
            "An administrator ended the grant.",
            "Nothing.";
        EndedByUser, "ended_by_user", Normal,
            "The user ended the grant on the connections page.",
            "Nothing.";
        // Why a session ended
        SignedOut, "signed_out", Normal,
            "The user signed out, or signed in with another account.",
            "Nothing.";
        SessionReused, "session_reused", Normal,
            "A cookie was presented whose secret had been replaced; the session was ended.",
            "Nothing, unless it happens again to the same user: then somebody has a copy of the browser's cookies.";
        }
    };
}
pub(super) use rows;
