//! `mcpbouncer init`, run as a process: at a pseudo-terminal, without a terminal, and whether the sidecar accepts its
//! files.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

const SECRET: &str = "canary$1 \"#";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcpbouncer"));
    command.env_clear();
    command
}

fn init(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = program();
    command.arg("init").args(arguments).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that has already ended does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Runs the program at a terminal. Types each answer when its prompt has appeared. Returns whether the program
/// succeeded, and everything that the terminal showed.
fn at_a_terminal(folder: &Path, typed: &[(&str, &str)]) -> (bool, String) {
    let lines: Vec<_> = typed.iter().map(|(prompt, answer)| (*prompt, format!("{answer}\n"))).collect();
    let (done, shown, _) = keys_at_a_terminal(folder, &lines);
    (done, shown)
}

/// Like [`at_a_terminal`], but with the exact keys to type. Also returns the mode in which the program leaves the
/// terminal.
fn keys_at_a_terminal(folder: &Path, typed: &[(&str, String)]) -> (bool, String, LocalModes) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end =
        File::options().read(true).write(true).open(std::ffi::OsStr::from_bytes(name.to_bytes())).unwrap();
    // The terminal becomes the controlling terminal of the program's session, so that its keys send signals.
    let mut command = Command::new("setsid");
    command.args(["--ctty", env!("CARGO_BIN_EXE_mcpbouncer"), "init"]).env_clear().current_dir(folder);
    command.stdin(end.try_clone().unwrap()).stdout(end.try_clone().unwrap()).stderr(end);
    let mut child = command.spawn().unwrap();
    // This closes our copies of the program's end of the terminal, so that the end is closed when the program ends.
    drop(command);
    let mut terminal = File::from(terminal);
    let mut shown = String::new();
    for (prompt, answer) in typed {
        let mark = shown.len();
        while !shown[mark..].contains(prompt) {
            assert!(read(&mut terminal, &mut shown), "{prompt} does not appear:\n{shown}");
        }
        terminal.write_all(answer.as_bytes()).unwrap();
    }
    while read(&mut terminal, &mut shown) {}
    let success = child.wait().unwrap().success();
    (success, shown, tcgetattr(&terminal).unwrap().local_modes)
}

/// Reads what the terminal shows next. Returns false at the end.
fn read(terminal: &mut File, shown: &mut String) -> bool {
    let mut bytes = [0; 4096];
    match terminal.read(&mut bytes) {
        Ok(0) => false,
        Ok(count) => {
            shown.push_str(std::str::from_utf8(bytes.get(..count).unwrap()).unwrap());
            true
        }
        // EIO means that no program has the terminal open.
        Err(error) if error.raw_os_error() == Some(5) => false,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
        Err(error) => panic!("{error}"),
    }
}

/// Returns what the sidecar says about the variables in the folder's `.env`, as Compose passes them to it.
fn check_config(folder: &Path) -> Output {
    let env = fs::read_to_string(folder.join(".env")).unwrap();
    let lines = env.lines().filter(|line| line.starts_with("BOUNCER_"));
    let variables =
        lines.map(|line| line.split_once('=').unwrap()).map(|(name, value)| (name, value.trim_matches('\'')));
    let mut command = program();
    command.arg("check-config").env("BOUNCER_DB_PATH", folder.join("bouncer.db"));
    command.env("BOUNCER_SHARE_DIR", folder).envs(variables).output().unwrap()
}

#[test]
fn questions_at_a_terminal_hide_the_secret_and_the_second_run_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let typed = [
        ("[localhost]: ", "mcp.example.com"),
        ("[acme]: ", ""),
        ("Let's Encrypt: ", "me@example.com"),
        ("[local]: ", "https://accounts.google.com"),
        ("Client ID: ", "cid"),
        ("Client secret (it is not shown; leave it empty for a public client): ", SECRET),
        ("everybody) [none]: ", "alice@example.com"),
        ("[none]: ", ""),
        ("[none]: ", ""),
    ];
    let (done, shown) = at_a_terminal(folder.path(), &typed);
    assert!(done, "{shown}");
    assert_eq!(shown.matches(": written\r\n").count(), 4, "{shown}");
    assert!(shown.contains("[localhost]: mcp.example.com\r\n"), "what is typed is shown: {shown}");
    assert!(!shown.contains("canary"), "except the secret: {shown}");
    let earlier = [
        ("[mcp.example.com]: ", ""),
        ("[acme]: ", ""),
        ("[me@example.com]: ", ""),
        ("[https://accounts.google.com]: ", ""),
        ("[cid]: ", ""),
        ("Enter keeps the earlier one; none is for a public client): ", ""),
        ("[alice@example.com]: ", ""),
        ("[none]: ", ""),
        ("[none]: ", ""),
    ];
    let (done, shown) = at_a_terminal(folder.path(), &earlier);
    assert!(done, "{shown}");
    assert_eq!(shown.matches(": unchanged\r\n").count(), 4, "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
    let env = fs::read_to_string(folder.path().join(".env")).unwrap();
    assert!(env.contains(&format!("BOUNCER_PROVIDER_CLIENT_SECRET='{SECRET}'\n")), "{env}");
    assert!(check_config(folder.path()).status.success());
}

#[test]
fn an_interrupt_at_any_prompt_leaves_the_terminal_as_it_was_and_writes_nothing() {
    let until_the_secret = [
        ("[localhost]: ", "localhost\n"),
        ("[local]: ", "https://idp.example.com\n"),
        ("Client ID: ", "cid\n"),
    ];
    for interrupt in ["\x03", "half a secret\x03", "\x1c"] {
        for before in [&until_the_secret[..], &[]] {
            let folder = tempfile::tempdir().unwrap();
            let mut typed: Vec<_> =
                before.iter().map(|(prompt, keys)| (*prompt, (*keys).to_owned())).collect();
            let last = if before.is_empty() { "[localhost]: " } else { "public client): " };
            typed.push((last, interrupt.to_owned()));
            let (done, shown, mode) = keys_at_a_terminal(folder.path(), &typed);
            assert!(!done, "{shown}");
            let usual = LocalModes::ECHO | LocalModes::ISIG | LocalModes::ICANON;
            assert!(mode.contains(usual), "{mode:?} after {shown}");
            assert!(shown.ends_with("\r\nmcpbouncer: interrupted; nothing was written\r\n"), "{shown:?}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}

#[test]
fn the_sidecar_accepts_the_variables_and_refuses_them_when_one_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "--domain",
        "mcp.example.com",
        "--tls",
        "external",
        "--trusted-proxies",
        "10.0.0.7",
        "--client-id",
        "c",
    ];
    let provider =
        ["--provider", "https://idp.example.com", "--client-secret-file", "-", "--allowed-groups", "a,b c"];
    let output = init(folder.path(), &[&arguments[..], &provider].concat(), &format!("{SECRET}\n"));
    assert!(output.status.success(), "{output:?}");
    let checked = check_config(folder.path());
    assert!(checked.status.success(), "{checked:?}");
    let env = folder.path().join(".env");
    let text = fs::read_to_string(&env).unwrap();
    fs::write(&env, text.replace("BOUNCER_PROVIDER_CLIENT_ID=c\n", "")).unwrap();
    assert!(!check_config(folder.path()).status.success(), "the check reads the file");
}

#[test]
fn without_a_terminal_a_missing_answer_is_named_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let output = init(folder.path(), &["--domain", "mcp.example.com"], "acme\n");
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert_eq!(
        error,
        "mcpbouncer: --tls is missing, and there is no terminal to ask at (--yes takes its default)\n"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let output = init(folder.path(), &["--yes", "--directory", "file/below"], "");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && error.contains("file/below: "), "{error}");
}
