//! Writes `BOUNCER_REVOCATION_FILE`: the list of revoked grants. The plugin reads the list (its option
//! `revocationFile`) from a directory that sidecar and Traefik have both mounted.
//!
//! The list is written to a temporary file that then replaces the old one, so that a reader always finds a complete
//! list. It is written when the list changes, and again if another program removed or changed the file. A revoked grant
//! stays in the list until the last access token issued under it has expired. If there are more revoked grants than
//! fit, the space is shared among the issuers. For an issuer with more revocations than its share, the list holds a
//! time instead of the older ids: the plugin refuses all tokens that the issuer issued until that time.
//!
//! Personal access tokens have space of their own in the list, and times of their own. If an issuer has revoked more of
//! them than its share, the list leaves out those that were issued first, so that the time affects as few unrevoked
//! tokens as possible.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use protocol::resource::revocation_list::{MOST_PERSONAL, MOST_REVOKED, RevocationList};
use protocol::time::UnixTime;
use store::intent::grants::ListRevocations;
use store::{Revocation, Store, StoreError};

use crate::kept_file::KeptFile;

/// Why the list could not be updated.
#[derive(Debug, thiserror::Error)]
pub enum RevocationFileError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

pub use crate::kept_file::Kept as Updated;

/// The mode of the file. The ids are not secret, and Traefik may run as another user.
const MODE: u32 = 0o644;

/// The revocation file and what was last written to it.
#[derive(Debug)]
pub struct RevocationFile {
    path: PathBuf,
    file: Mutex<KeptFile>,
    /// Whether the last update failed.
    is_failing: AtomicBool,
    /// When a failure was last logged.
    complained: Mutex<Option<UnixTime>>,
}

/// The minimum time between two log lines about failures, in seconds.
const COMPLAIN_SECS: u64 = 60;

impl RevocationFile {
    /// Returns the revocation file at this path. Writes nothing yet.
    pub fn new(path: &Path) -> Self {
        let file = Mutex::new(KeptFile::new(path.to_owned()));
        Self { path: path.to_owned(), file, is_failing: AtomicBool::new(false), complained: Mutex::default() }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Brings the file up to date with the store and returns what was done. Blocking.
    pub fn update(&self, store: &Store, now: UnixTime) -> Result<Updated, RevocationFileError> {
        let updated = self.write(store, now);
        self.is_failing.store(updated.is_err(), Ordering::Relaxed);
        updated
    }

    fn write(&self, store: &Store, now: UnixTime) -> Result<Updated, RevocationFileError> {
        let text = list(&store.read(ListRevocations { now })?).to_text();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.keep(Cow::Owned(text.into_bytes()), MODE)
            .map_err(|source| RevocationFileError::Io { path: self.path.clone(), source })
    }

    /// Whether the last update failed.
    pub fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    /// Whether to log a failure now: true for the first failure, then at most once a minute. If true, remembers `now`.
    pub fn should_log_failure(&self, now: UnixTime) -> bool {
        let mut last = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now.is_past(last, COMPLAIN_SECS));
        if due {
            *last = Some(now);
        }
        due
    }
}

/// The revocations of one kind of tokens, reduced to what fits: ids, and a time for each issuer with too many.
struct Fitting<'a> {
    ids: Vec<String>,
    times: Vec<(&'a str, UnixTime)>,
}

impl<'a> Fitting<'a> {
    /// Keeps, for each issuer, the revocations with the latest `time`; all issuers together keep at most `most` ids. If
    /// an issuer's revocations do not all fit, the latest `time` among those left out stands for all of those left out.
    fn of(
        revocations: impl Iterator<Item = &'a Revocation>,
        most: usize,
        time: impl Fn(&Revocation) -> UnixTime,
    ) -> Self {
        let mut by_issuer: BTreeMap<&str, Vec<&Revocation>> = BTreeMap::new();
        for revoked in revocations {
            by_issuer.entry(&revoked.issuer).or_default().push(revoked);
        }
        let share = share(by_issuer.values().map(Vec::len).collect(), most);
        let (mut ids, mut times) = (Vec::new(), Vec::new());
        for (issuer, mut theirs) in by_issuer {
            theirs.sort_unstable_by_key(|revoked| (std::cmp::Reverse(time(revoked)), revoked.grant));
            ids.extend(theirs.iter().take(share).map(|revoked| revoked.grant.to_string()));
            times.extend(theirs.get(share).map(|left_out| (issuer, time(left_out))));
        }
        Self { ids, times }
    }
}

/// Makes the list of as many revocations as fit.
fn list(revocations: &[Revocation]) -> RevocationList {
    let of_clients = revocations.iter().filter(|revoked| revoked.personal.is_none());
    let personal = revocations.iter().filter(|revoked| revoked.personal.is_some());
    // A client's token was issued before its grant was revoked, so a time that is the revocation's covers all tokens of
    // that grant.
    let clients = Fitting::of(of_clients, MOST_REVOKED, |revoked| revoked.at);
    let personal = Fitting::of(personal, MOST_PERSONAL, |revoked| revoked.personal.unwrap_or(revoked.at));
    let ids = [clients.ids, personal.ids].concat();
    let list = |before| {
        let mut list = RevocationList::new(before, ids.iter().map(String::as_str));
        revoke_personal(&mut list, &personal.times);
        list
    };
    let (mut with_times, mut before) = (list(UnixTime::default()), UnixTime::default());
    for (issuer, time) in clients.times.iter().copied() {
        if !with_times.revoke_until(issuer, time) {
            before = before.max(time);
        }
    }
    if before == UnixTime::default() {
        return with_times;
    }
    // If the times of some issuers do not fit, the latest of these times applies to every issuer.
    let mut whole = list(before);
    for (issuer, time) in clients.times.into_iter().filter(|(_, time)| *time > before) {
        let _ = whole.revoke_until(issuer, time);
    }
    whole
}

/// Adds the times for personal access tokens: one for each issuer or, if these do not fit, the latest one for all
/// issuers.
fn revoke_personal(list: &mut RevocationList, times: &[(&str, UnixTime)]) {
    let empty = list.clone();
    if times.iter().all(|(issuer, time)| list.revoke_personal_until(issuer, *time)) {
        return;
    }
    *list = empty;
    if let Some(last) = times.iter().map(|(_, time)| *time).max() {
        let _ = list.revoke_every_personal_until(last);
    }
}

/// Returns how many ids each issuer may list if all issuers together may list `most`. Issuers with fewer ids leave the
/// rest of their share to the others.
fn share(mut counts: Vec<usize>, most: usize) -> usize {
    counts.sort_unstable();
    let (mut room, mut left) = (most, counts.len());
    for count in counts {
        if count > room / left {
            return room / left;
        }
        room -= count;
        left -= 1;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::record::GrantId;

    /// Makes `count` revocations at an issuer, one per second, beginning at the time `from`.
    fn revoked(issuer: &str, from: u64, count: u64) -> Vec<Revocation> {
        (0..count)
            .map(|n| {
                let mut id = [0; 16];
                id[..8].copy_from_slice(&(from + n).to_be_bytes());
                id[8] = issuer.len().try_into().unwrap();
                let at = UnixTime::new(from + n);
                Revocation {
                    end: at.plus(3_600),
                    at,
                    grant: GrantId(id),
                    issuer: issuer.to_owned(),
                    personal: None,
                }
            })
            .collect()
    }

    fn ids(list: &RevocationList) -> usize {
        list.to_text().lines().filter(|line| line.len() == 22).count()
    }

    /// Returns the lines that hold a time for an issuer.
    fn times(list: &RevocationList) -> Vec<String> {
        list.to_text().lines().skip(1).filter(|line| line.len() != 22).map(str::to_owned).collect()
    }

    #[test]
    fn one_tenant_pushes_out_nothing_of_another() {
        let noisy = revoked("https://noisy", 5_000, 10_000);
        let quiet = revoked("https://quiet.example", 100, 30);
        let all = list(&[noisy.clone(), quiet.clone()].concat());
        let text = all.to_text();
        assert!(
            quiet.iter().all(|revoked| text.contains(&revoked.grant.to_string())),
            "all of the older ones"
        );
        assert_eq!(ids(&all), MOST_REVOKED);
        // The list holds the noisy issuer's newest ids. The newest id that does not fit sets the time.
        let kept = MOST_REVOKED - quiet.len();
        let left_out = &noisy[noisy.len() - kept - 1];
        assert!(!text.contains(&left_out.grant.to_string()));
        assert!(text.contains(&noisy[noisy.len() - kept].grant.to_string()));
        assert_eq!(times(&all), [format!("{:0>10} https://noisy", left_out.at.as_secs())]);
        assert!(text.starts_with("mcpbouncer-revoked-v2 0000000000 0001 2000\n"), "{}", &text[..60]);
        assert!(times(&list(&quiet)).is_empty());
        assert_eq!(list(&[]), RevocationList::default());
        assert!(RevocationList::parse(text.as_bytes()).is_some());
    }

    #[test]
    fn room_is_shared_out_and_none_is_wasted() {
        for (counts, expected) in [
            (vec![], MOST_REVOKED),
            (vec![5], MOST_REVOKED),
            (vec![2_000], MOST_REVOKED),
            (vec![2_001], 2_000),
            (vec![10, 3_000, 5_000], 995),
            (vec![1_000, 1_000], MOST_REVOKED),
            (vec![1_000, 1_001], 1_000),
            (vec![1; 2_001], 0),
        ] {
            assert_eq!(share(counts.clone(), MOST_REVOKED), expected, "{counts:?}");
        }
    }

    /// Makes `count` revoked personal access tokens of an issuer. One was issued per second, beginning at the time
    /// `from`; all were revoked later.
    fn personal(issuer: &str, from: u64, count: u64) -> Vec<Revocation> {
        let mut all = revoked(issuer, from, count);
        for revoked in &mut all {
            revoked.personal = Some(revoked.at);
            revoked.at = UnixTime::new(900_000);
            revoked.grant.0[9] = 1;
        }
        all
    }

    #[test]
    fn revocations_of_clients_displace_no_personal_token_and_end_none() {
        let of_clients = revoked("https://noisy", 5_000, 10_000);
        let tokens = personal("https://noisy", 100, 30);
        let list = list(&[of_clients, tokens.clone()].concat());
        let text = list.to_text();
        assert!(tokens.iter().all(|revoked| text.contains(&revoked.grant.to_string())));
        assert_eq!(ids(&list), MOST_REVOKED + tokens.len());
        assert_eq!(times(&list).len(), 1, "that of the clients' tokens");
        assert!(!text.contains("personal"));
        assert!(RevocationList::parse(text.as_bytes()).is_some());
    }

    /// The tokens left out are those that were issued first. The time revokes no token that was issued later.
    #[test]
    fn too_many_revoked_personal_tokens_are_replaced_by_the_time_of_issue() {
        let many = personal("https://noisy", 1_000, 5_000);
        let few = personal("https://quiet.example", 10, 3);
        let all = list(&[many.clone(), few.clone()].concat());
        let text = all.to_text();
        assert!(few.iter().all(|revoked| text.contains(&revoked.grant.to_string())));
        assert_eq!(ids(&all), MOST_PERSONAL);
        let left_out = 5_000 - (MOST_PERSONAL - few.len());
        let last = many[left_out - 1].personal.unwrap().as_secs();
        assert_eq!(times(&all), [format!("{last:0>10} personal https://noisy")]);
        assert!(!text.contains(&many[left_out - 1].grant.to_string()));
        assert!(text.contains(&many[left_out].grant.to_string()));
        assert!(RevocationList::parse(text.as_bytes()).is_some());
    }

    #[test]
    fn tenants_whose_times_have_no_room_share_one() {
        let all: Vec<Revocation> =
            (0..6_000).flat_map(|n| personal(&format!("https://t{n:0>30}.example"), 1_000 + n, 1)).collect();
        let list = list(&all);
        assert_eq!((ids(&list), times(&list)), (0, vec!["0000006999 personal *".to_owned()]));
        assert!(RevocationList::parse(list.to_text().as_bytes()).is_some());
    }

    #[test]
    fn more_tenants_than_have_room_share_a_time() {
        let all: Vec<Revocation> =
            (0..6_000).flat_map(|n| revoked(&format!("https://t{n:0>30}.example"), 1_000 + n, 1)).collect();
        let list = list(&all);
        assert_eq!((ids(&list), times(&list).len()), (0, 0));
        let text = list.to_text();
        let before: u64 = text["mcpbouncer-revoked-v2 ".len()..][..10].parse().unwrap();
        assert_eq!(before, 1_000 + 5_999, "the newest");
        assert!(RevocationList::parse(text.as_bytes()).is_some());
    }
}
