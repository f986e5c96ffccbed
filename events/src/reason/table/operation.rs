//! Reasons about the operation of this server.

macro_rules! rows {
    ($next:ident $(, $more:ident)*; $($before:tt)*) => {
        $next! { $($more),*; $($before)*
        NotReady, "not_ready", Fault,
            "The server is not ready: the store does not respond, or there is no signing key.",
            "The detail says which.";
        Unproven, "operation_unproven", Suspicious,
            "A request to the operations listener does not prove the encryption key.",
            "Use the same `BOUNCER_ENCRYPTION_KEY`; do not publish the port.";
        BackupBroke, "backup_broke", Fault,
            "A backup broke off.",
            "Look at the store and at the reader; the detail has the error.";
        SweepFailed, "sweep_failed", Fault,
            "Expired records cannot be deleted.",
            "Look at the disk or the PostgreSQL server.";
        RecordDamaged, "record_damaged", Fault,
            "An unreadable record was deleted when it expired.",
            "If there are more, check the disk and restore a backup.";
        KeysNotUpdated, "keys_not_updated", Fault,
            "The signing keys cannot be updated.",
            "Look at the store.";
        RevocationsNotWritten, "revocations_not_written", Fault,
            "The revocation list cannot be written, so the plugin does not learn of revocations.",
            "Check the path and the permissions of `BOUNCER_REVOCATION_FILE` or `BOUNCER_SHARE_DIR`.";
        RevocationsChanged, "revocations_changed", Suspicious,
            "Another program changed or removed the revocation list; it was written again.",
            "Let only the sidecar write there.";
        ShareNotWritten, "share_not_written", Fault,
            "The folder `BOUNCER_SHARE_DIR` cannot be kept up to date.",
            "Check the folder; the detail has the error.";
        ShareChanged, "share_changed", Suspicious,
            "Somebody else removed or changed a file in `BOUNCER_SHARE_DIR`; it was written again.",
            "Let only the sidecar write there.";
        LogoUnusable, "logo_unusable", Normal,
            "The file `BOUNCER_BRAND_LOGO`, or a file in `BOUNCER_BRAND_ICONS`, cannot be shown, or the folder has too many files; the pages do without it.",
            "Use a PNG, JPEG, WebP or SVG file of at most 8 KiB; the detail says what is wrong. Restart the sidecar.";
        TaskLost, "task_lost", Fault,
            "A background task ended unexpectedly.",
            "Report it with the log.";
        }
    };
}
pub(super) use rows;
