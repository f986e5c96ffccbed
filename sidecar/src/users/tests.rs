//! Tests the users file, passwords and the throttle together.

use super::*;
use crate::clock::ManualClock;
use std::net::IpAddr;
use std::path::PathBuf;
use store::entropy::SeededEntropy;
use tempfile::TempDir;

const T0: UnixTime = UnixTime::new(1_700_000_000);
const PASSWORD: &str = "correct horse canary";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn base(text: &str) -> Base {
    Base::parse(text).unwrap()
}

fn hash() -> String {
    hash_password(&secret(PASSWORD), &SeededEntropy::new(1)).unwrap()
}

/// Makes a folder with a users file of this content, in which `HASH` stands for the hash of [`PASSWORD`].
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    std::fs::write(&path, text.replace("HASH", &hash())).unwrap();
    (folder, path)
}

fn open(path: Option<&Path>) -> Result<Users, UsersFileError> {
    Users::open(path, &(Arc::new(ManualClock::at(T0)) as Arc<dyn Clock>))
}

async fn log_in(users: &Users, name: &str, password: &str, at: &str) -> Result<VerifiedUser, LoginRefused> {
    users.verify(name, &secret(password), &base(at), &ASKER, T0).await
}

const ASKER: Asker = Asker { address: None, browser: [0; 32], device: None };

fn refused(reason: Reason) -> Result<VerifiedUser, LoginRefused> {
    Err(LoginRefused::Credentials(reason))
}

const HERE: &str = "https://here.example";

#[tokio::test]
async fn the_file_has_the_last_word() {
    let (_folder, path) = file(
        r#"{"users":[
            {"name":"ann","password":"HASH","email":"ann@example.com","email_verified":true,
             "display_name":"Ann A.","groups":["staff"]},
            {"name":"bob","password":"HASH","tenants":["https://there.example"]},
            {"name":"eve","password":"HASH","disabled":true},
            {"name":"nil","password":"HASH","tenants":[]}]}"#,
    );
    let users = open(Some(&path)).unwrap();
    let ann = log_in(&users, "ann", PASSWORD, HERE).await.unwrap().into_identity();
    assert_eq!(ann.sub, "ann");
    assert_eq!(ann.claims.email.as_deref(), Some("ann@example.com"));
    assert_eq!(ann.claims.email_verified, Some(true));
    assert!(ann.claims.groups.contains("staff"));
    assert_eq!(users.still_allowed("ann", &base(HERE)), Ok(ann));

    assert_eq!(log_in(&users, "ann", "wrong", HERE).await, refused(Reason::WrongPassword));
    assert_eq!(log_in(&users, "Ann", PASSWORD, HERE).await, refused(Reason::UnknownUser));
    assert_eq!(log_in(&users, "no one", PASSWORD, HERE).await, refused(Reason::UnknownUser));
    assert_eq!(log_in(&users, "eve", PASSWORD, HERE).await, refused(Reason::Disabled));
    assert_eq!(log_in(&users, "nil", PASSWORD, HERE).await, refused(Reason::OtherTenant));
    assert_eq!(log_in(&users, "bob", PASSWORD, HERE).await, refused(Reason::OtherTenant));
    assert!(log_in(&users, "bob", PASSWORD, "https://there.example").await.is_ok());
    for (name, reason) in
        [("bob", Reason::OtherTenant), ("eve", Reason::Disabled), ("who", Reason::UnknownUser)]
    {
        assert_eq!(users.still_allowed(name, &base(HERE)), Err(NoLongerAllowed::Refused(reason)));
    }
}

#[tokio::test]
async fn without_a_file_there_are_no_users() {
    let users = open(None).unwrap();
    assert_eq!(log_in(&users, "ann", PASSWORD, HERE).await, refused(Reason::UnknownUser));
}

#[tokio::test]
async fn a_change_counts_at_once_and_a_broken_file_admits_nobody() {
    let (_folder, path) = file(r#"{"users":[{"name":"ann","password":"HASH"}]}"#);
    let users = open(Some(&path)).unwrap();
    assert!(users.still_allowed("ann", &base(HERE)).is_ok());

    let disabled = format!(r#"{{"users":[{{"name":"ann","password":"{}","disabled":true}}]}}"#, hash());
    std::fs::write(&path, &disabled).unwrap();
    assert_eq!(users.still_allowed("ann", &base(HERE)), Err(NoLongerAllowed::Refused(Reason::Disabled)));

    std::fs::write(&path, &disabled[..disabled.len() - 3]).unwrap();
    assert!(matches!(users.still_allowed("ann", &base(HERE)), Err(NoLongerAllowed::Unavailable(_))));
    assert!(matches!(log_in(&users, "ann", PASSWORD, HERE).await, Err(LoginRefused::Unavailable(_))));

    std::fs::remove_file(&path).unwrap();
    assert!(matches!(users.still_allowed("ann", &base(HERE)), Err(NoLongerAllowed::Unavailable(_))));
    add_user(&path, NewUser { name: "ann".to_owned(), ..NewUser::default() }, hash()).unwrap();
    assert!(log_in(&users, "ann", PASSWORD, HERE).await.is_ok());
}

#[tokio::test]
async fn guesses_are_slowed_down_for_known_and_unknown_names_alike() {
    let (_folder, path) = file(r#"{"users":[{"name":"ann","password":"HASH"}]}"#);
    let users = open(Some(&path)).unwrap();
    for name in ["ann", "nobody"] {
        for _ in 0..5 {
            assert!(matches!(log_in(&users, name, "wrong", HERE).await, Err(LoginRefused::Credentials(_))));
        }
        assert_eq!(log_in(&users, name, PASSWORD, HERE).await, Err(LoginRefused::Wait { secs: 1 }));
    }
    let later = users.verify("ann", &secret(PASSWORD), &base(HERE), &ASKER, T0.plus(1)).await;
    assert!(later.is_ok(), "{later:?}");
}

#[test]
fn bad_files_are_refused_without_being_quoted() {
    for (text, expected) in [
        ("", "ends too early"),
        ("[]", "not a valid user"),
        (r#"{"users":[{"name":"ann","password":"HASH","role":"canary"}]}"#, "not a valid user"),
        (r#"{"users":[{"name":"ann","name":"bob","password":"HASH"}]}"#, "not a valid user"),
        (r#"{"users":[{"name":"ann","password":"plain-canary"}]}"#, "not a valid user"),
        (r#"{"users":[{"name":"ann"}]}"#, "not a valid user"),
        (r#"{"users":[{"name":"ann","password":"HASH","tenants":["nonsense"]}]}"#, "not a valid user"),
        (r#"{"users":[{"name":"a b","password":"HASH"}]}"#, "visible ASCII"),
        (r#"{"users":[{"name":"","password":"HASH"}]}"#, "visible ASCII"),
        (r#"{"users":[{"name":"ann","password":"HASH"},{"name":"Ann","password":"HASH"}]}"#, "listed twice"),
        (r#"{"users":[],"more":1}"#, "not a valid user"),
        ("{\"users\":[]} canary", "not JSON"),
    ] {
        let (_folder, path) = file(text);
        let error = open(Some(&path)).unwrap_err();
        let printed = format!("{error} {error:?}");
        assert!(error.to_string().contains(expected), "{text}: {printed}");
        assert!(!printed.contains("canary") && !printed.contains("argon2id$"), "{printed}");
    }
    assert!(matches!(open(Some(Path::new("/nonexistent/users.json"))), Err(UsersFileError::Missing(_))));
}

#[test]
fn before_the_first_user_is_added_nobody_is_known_and_a_lost_file_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    let users = open(Some(&path)).unwrap();
    assert!(matches!(
        users.still_allowed("ann", &base(HERE)),
        Err(NoLongerAllowed::Refused(Reason::UnknownUser))
    ));
    let ann = NewUser { name: "ann".to_owned(), ..NewUser::default() };
    add_user(&path, ann, hash()).unwrap();
    assert!(users.still_allowed("ann", &base(HERE)).is_ok());
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(users.still_allowed("ann", &base(HERE)), Err(NoLongerAllowed::Unavailable(_))));
}

#[test]
fn adding_writes_a_private_file_and_refuses_the_same_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    let new = |name: &str| NewUser {
        name: name.to_owned(),
        email: Some("x@example.com".to_owned()),
        groups: ["staff".to_owned()].into(),
        tenants: [base(HERE)].into(),
    };
    add_user(&path, new("ann"), hash()).unwrap();
    add_user(&path, new("bob"), hash()).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(add_user(&path, new("ANN"), hash()), Err(UsersFileError::Exists(_))));
    assert!(matches!(add_user(&path, new("a b"), hash()), Err(UsersFileError::Name { number: 3, .. })));
    assert!(add_user(&path, new("eve"), "plain".to_owned()).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), before);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    let users = open(Some(&path)).unwrap();
    assert!(users.still_allowed("bob", &base(HERE)).is_ok());
    assert!(users.still_allowed("bob", &base("https://other.example")).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left lying about");
}

#[tokio::test]
async fn nothing_printable_holds_a_password() {
    let (_folder, path) = file(r#"{"users":[{"name":"ann","password":"HASH"}]}"#);
    let users = open(Some(&path)).unwrap();
    let verified = log_in(&users, "ann", PASSWORD, HERE).await;
    let no = log_in(&users, "ann", "canary-wrong", HERE).await;
    let printed = format!("{users:?} {verified:?} {no:?} {:?}", users.0.user("ann"));
    assert!(!printed.contains("canary") && !printed.contains("$argon2id"), "{printed}");
}

/// A caller that sends random names from one network gets only a share of the password checks. Everyone else gets
/// through, even a known browser at the same address.
#[tokio::test]
async fn random_names_from_one_network_keep_nobody_out() {
    let (_folder, path) = file(r#"{"users":[{"name":"ann","password":"HASH"}]}"#);
    let users = open(Some(&path)).unwrap();
    let mut flood = tokio::task::JoinSet::new();
    for n in 0..60_u8 {
        let users = users.clone();
        let address = Some(IpAddr::from([192, 0, 2, n]));
        flood.spawn(async move {
            let asker = Asker { address, browser: [n; 32], device: None };
            users.verify(&format!("random{n}"), &secret("x"), &base(HERE), &asker, T0).await
        });
    }
    tokio::task::yield_now().await;
    let device = Some(DeviceId([1; 8]));
    for asker in [
        Asker { address: Some(IpAddr::from([198, 51, 100, 1])), browser: [200; 32], device: None },
        Asker { address: Some(IpAddr::from([192, 0, 2, 1])), browser: [201; 32], device },
    ] {
        let signed_in = users.verify("ann", &secret(PASSWORD), &base(HERE), &asker, T0).await;
        assert!(signed_in.is_ok(), "{signed_in:?}");
    }
    let answers = flood.join_all().await;
    let busy = answers.iter().filter(|answer| **answer == Err(LoginRefused::Busy)).count();
    assert!(busy >= 50, "{busy} of 60 were sent away: the share is small");
    assert!(answers.contains(&refused(Reason::UnknownUser)), "and not nothing");
}

#[tokio::test]
async fn a_changed_password_counts_at_once_and_everything_else_stays() {
    let (_folder, path) = file(
        r#"{"users":[{"name":"ann","password":"HASH","groups":["staff"]},{"name":"bob","password":"HASH"}]}"#,
    );
    let users = open(Some(&path)).unwrap();
    assert!(users.can_change());
    let ann = log_in(&users, "ann", PASSWORD, HERE).await.unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(2));
    let new = || NewPassword::accept(secret("tin kettle over marsh"), &["ann"]).unwrap();
    let changed = users.change_password(&ann, new(), &ASKER, &entropy).await.unwrap();
    assert_eq!(changed.identity(), ann.identity());
    assert_ne!(changed.credential(), ann.credential());
    assert_eq!(log_in(&users, "ann", PASSWORD, HERE).await, refused(Reason::WrongPassword));
    assert_eq!(log_in(&users, "ann", "tin kettle over marsh", HERE).await, Ok(changed));
    assert!(log_in(&users, "bob", PASSWORD, HERE).await.is_ok());
    // The proof from before the change of the password is no longer valid.
    let again = users.change_password(&ann, new(), &ASKER, &entropy).await;
    assert_eq!(again, Err(ChangeRefused::Outdated));
    change_user(&path, "ann", Change::Remove).unwrap();
    let gone = users.change_password(&ann, new(), &ASKER, &entropy).await;
    assert_eq!(gone, Err(ChangeRefused::Outdated));
}

/// A caller that was refused because too many were waiting is not charged for a guess.
#[tokio::test]
async fn who_finds_no_place_has_spent_nothing() {
    let (_folder, path) = file(r#"{"users":[{"name":"ann","password":"HASH"}]}"#);
    let users = open(Some(&path)).unwrap();
    let held = [users.0.queue.join(&ASKER).unwrap(), users.0.queue.join(&ASKER).unwrap()];
    for _ in 0..50 {
        assert_eq!(log_in(&users, "ann", PASSWORD, HERE).await, Err(LoginRefused::Busy));
    }
    drop(held);
    assert!(log_in(&users, "ann", PASSWORD, HERE).await.is_ok());
}
