//! What a look at a file finds, after each kind of change.

use super::*;
use crate::clock::ManualClock;
use std::time::Duration;

/// A file that contains a number.
#[derive(Debug, PartialEq, Eq)]
struct Number(u32);

impl Content for Number {
    type Error = String;
    const MOST: u64 = 6;

    fn parse(text: &[u8], _: &Path) -> Result<Self, String> {
        let text = std::str::from_utf8(text).unwrap();
        text.parse().map(Self).map_err(|_| format!("{text} is not a number"))
    }

    fn unread(error: ReadError, _: &Path) -> String {
        match error {
            ReadError::TooBig => "too big".to_owned(),
            ReadError::Io(error) => error.kind().to_string(),
        }
    }
}

/// Makes a file in a folder. The function that is returned replaces the file.
fn file(text: &str) -> (tempfile::TempDir, PathBuf, impl Fn(&str)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let place = path.clone();
    let put = move |text: &str| crate::whole_file::replace(&place, text.as_bytes(), 0o600).unwrap();
    put(text);
    (folder, path, put)
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(UnixTime::new(1_000)))
}

fn open(path: &Path) -> Result<ReloadedFile<Number>, String> {
    ReloadedFile::open(path, &(clock() as Arc<dyn Clock>))
}

/// Returns the content, and what has changed, in words.
fn look(file: &ReloadedFile<Number>) -> (u32, String) {
    let (content, change) = file.last_good();
    let told = match change {
        Change::None => "nothing".to_owned(),
        Change::Read => "read".to_owned(),
        Change::Refused(error) => error,
    };
    (content.unwrap().0, told)
}

#[test]
fn the_content_is_that_of_the_file_now_or_an_error() {
    let (_folder, path, put) = file("1");
    let file = open(&path).unwrap();
    assert!(file.was_read() && file.path() == path);
    let first = file.now().unwrap();
    assert_eq!(*first, Number(1));
    assert!(Arc::ptr_eq(&first, &file.now().unwrap()), "it is not read again");
    for (text, now) in [
        ("22", Ok(22)),
        ("x", Err("x is not a number")),
        ("1234567", Err("too big")),
        ("123456", Ok(123_456)),
    ] {
        put(text);
        let now = now.map(Number).map_err(str::to_owned);
        assert_eq!(file.now().map(|content| Number(content.0)), now);
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.now().unwrap_err(), "entity not found");
    assert!(file.was_read());
}

#[test]
fn the_last_good_content_stays_and_each_change_is_told_once() {
    let (_folder, path, put) = file("1");
    let file = open(&path).unwrap();
    let twice = |number: u32, told: &str| {
        assert_eq!(look(&file), (number, told.to_owned()));
        assert_eq!(look(&file), (number, "nothing".to_owned()));
    };
    twice(1, "nothing");
    put("22");
    twice(22, "read");
    put("x");
    twice(22, "x is not a number");
    put("yyy");
    twice(22, "yyy is not a number");
    std::fs::remove_file(&path).unwrap();
    twice(22, "entity not found");
    put("1234567");
    twice(22, "too big");
    put("333");
    twice(333, "read");
    std::fs::remove_file(&path).unwrap();
    twice(333, "entity not found");
}

#[test]
fn the_former_file_in_its_place_again_is_no_change() {
    let (folder, path, put) = file("1");
    let file = open(&path).unwrap();
    let aside = folder.path().join("aside");
    for _ in 0..2 {
        std::fs::rename(&path, &aside).unwrap();
        put("x");
        assert!(matches!(file.last_good().1, Change::Refused(_)), "told again");
        std::fs::rename(&aside, &path).unwrap();
        assert!(matches!(file.last_good(), (Some(_), Change::None)));
    }
}

#[test]
fn a_file_may_come_later() {
    let (_folder, path, put) = file("1");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(open(&path).unwrap_err(), "entity not found");
    let file = ReloadedFile::<Number>::absent(&path, &(clock() as Arc<dyn Clock>));
    assert!(file.now().is_err() && !file.was_read() && file.last_good().0.is_none());
    put("1");
    assert_eq!(*file.now().unwrap(), Number(1));
}

/// Kubernetes updates a mounted volume in this way: a symbolic link then leads to another file, whose length and times
/// may be the same.
#[test]
fn another_file_behind_a_symbolic_link_is_noticed_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let [path, new, one, two] = ["file", "new", "one", "two"].map(|name| folder.path().join(name));
    for (path, text) in [(&one, "1"), (&two, "2")] {
        std::fs::write(path, text).unwrap();
        File::open(path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    }
    std::os::unix::fs::symlink(&one, &path).unwrap();
    let file = open(&path).unwrap();
    assert_eq!(*file.now().unwrap(), Number(1));
    std::os::unix::fs::symlink(&two, &new).unwrap();
    std::fs::rename(&new, &path).unwrap();
    assert_eq!(look(&file), (2, "read".to_owned()));
    assert_eq!(*file.now().unwrap(), Number(2));
}

/// A program that writes to the file in place has written only half of it.
#[test]
fn half_a_file_is_not_used_and_told_once() {
    let (_folder, path, put) = file("1");
    let file = open(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    assert_eq!(look(&file), (1, " is not a number".to_owned()));
    std::fs::write(&path, "22x").unwrap();
    assert_eq!(look(&file), (1, "22x is not a number".to_owned()));
    assert_eq!(look(&file), (1, "nothing".to_owned()));
    assert!(file.now().is_err());
    put("224");
    assert_eq!(look(&file), (224, "read".to_owned()));
}

/// Writes to the file in place, and makes its stamp the same, as if it had been written in the tick of the clock in
/// which it was read.
fn within_the_tick(file: &ReloadedFile<Number>, text: &str) {
    std::fs::write(file.path(), text).unwrap();
    let (seen, mut last) = (Seen::at(file.path()), file.write());
    match last.refused.as_mut() {
        Some(refused) => refused.seen = seen,
        None => last.good.as_mut().unwrap().found.seen = seen,
    }
}

/// The file is read once more when its stamp is three seconds old. Otherwise such a change would never be noticed.
#[test]
fn a_change_that_left_the_same_stamp_is_noticed_three_seconds_later() {
    let (_folder, path, _put) = file("1");
    let clock = clock();
    for strict in [true, false] {
        std::fs::write(&path, "1").unwrap();
        let file = ReloadedFile::<Number>::open(&path, &(Arc::clone(&clock) as Arc<dyn Clock>)).unwrap();
        within_the_tick(&file, "2");
        clock.advance(Duration::from_secs(2));
        assert_eq!((look(&file), file.now().unwrap().0), ((1, "nothing".to_owned()), 1));
        clock.advance(Duration::from_secs(1));
        if strict {
            assert_eq!(file.now().unwrap().0, 2);
        } else {
            assert_eq!(look(&file), (2, "read".to_owned()));
        }
        assert_eq!((look(&file), file.now().unwrap().0), ((2, "nothing".to_owned()), 2));
        // The file is not read a third time: no file system has such a long tick.
        within_the_tick(&file, "3");
        clock.advance(Duration::from_secs(100));
        assert_eq!((look(&file), file.now().unwrap().0), ((2, "nothing".to_owned()), 2));
    }
}

#[test]
fn the_second_reading_of_the_same_content_tells_nothing() {
    let (_folder, path, put) = file("1");
    let clock = clock();
    let file = ReloadedFile::<Number>::open(&path, &(Arc::clone(&clock) as Arc<dyn Clock>)).unwrap();
    let first = file.now().unwrap();
    clock.advance(Duration::from_secs(3));
    assert_eq!(look(&file), (1, "nothing".to_owned()));
    assert!(Arc::ptr_eq(&first, &file.now().unwrap()));
    put("x");
    assert_eq!(look(&file), (1, "x is not a number".to_owned()));
    clock.advance(Duration::from_secs(3));
    assert_eq!(look(&file), (1, "nothing".to_owned()), "it is told once");
    // A file that could not be used is read once more, too.
    put("y");
    assert_eq!(look(&file), (1, "y is not a number".to_owned()));
    within_the_tick(&file, "4");
    assert_eq!(look(&file), (1, "nothing".to_owned()));
    clock.advance(Duration::from_secs(3));
    assert_eq!(look(&file), (4, "read".to_owned()));
}
