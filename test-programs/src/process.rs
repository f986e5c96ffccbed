//! Starts programs, watches their log files, and stops them by process id.

use std::fs::File;
use std::io::{PipeWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::wait;

/// A program to start. Configured like [`std::process::Command`], started by [`Program::start`].
pub struct Program {
    name: String,
    command: Command,
}

impl Program {
    /// `name` is used for the log files and in messages. The environment contains only a plain `PATH`.
    pub fn new(name: &str, executable: impl AsRef<Path>) -> Self {
        // The kernel kills the program when the thread that started it ends; see `SPAWNER`.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(executable.as_ref());
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
        Self { name: name.to_owned(), command }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(value);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<std::ffi::OsStr>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.command.args(values);
        self
    }

    /// Sets one environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn directory(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Starts it; standard output and standard error go to files in `logs`.
    pub fn start(self, logs: &Path) -> Process {
        self.start_with(logs, Stdio::null())
    }

    /// Starts it with a pipe to its standard input.
    pub fn start_with_input(self, logs: &Path) -> (Process, PipeWriter) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        (self.start_with(logs, reader.into()), writer)
    }

    /// Runs it to its end, with `input` on its standard input; returns its output, and panics if it fails.
    pub async fn run(self, logs: &Path, input: &str) -> String {
        self.run_within(wait::DEADLINE, logs, input).await
    }

    /// The same with another deadline, for a program that is known to be slow.
    pub async fn run_within(self, deadline: Duration, logs: &Path, input: &str) -> String {
        // An earlier run of the same name has written to the same file.
        let out = logs.join(format!("{}.out", self.name));
        let before = read(&out).len();
        let (mut process, mut writer) = self.start_with_input(logs);
        writer.write_all(input.as_bytes()).expect("the program reads its input");
        drop(writer);
        let what = format!("{} ends", process.name);
        let ended = async || process.child.try_wait().expect("the program's state");
        let status = wait::until_within(deadline, &what, ended).await;
        assert!(status.success(), "{} failed: {status}\n{}", process.name, process.stderr());
        process.stdout().split_off(before)
    }

    fn start_with(mut self, logs: &Path, input: Stdio) -> Process {
        let out = logs.join(format!("{}.out", self.name));
        let err = logs.join(format!("{}.err", self.name));
        let append = |path: &PathBuf| File::options().create(true).append(true).open(path);
        self.command.stdin(input);
        self.command.stdout(append(&out).expect("a log file"));
        self.command.stderr(append(&err).expect("a log file"));
        let child =
            spawn(self.command).unwrap_or_else(|error| panic!("{} could not be started: {error}", self.name));
        Process { name: self.name, child, out, err }
    }
}

/// A running program; killed when dropped.
pub struct Process {
    name: String,
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Process {
    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output so far.
    pub fn stdout(&self) -> String {
        read(&self.out)
    }

    /// Its standard error so far.
    pub fn stderr(&self) -> String {
        read(&self.err)
    }

    /// The complete lines of standard output that are JSON objects.
    pub fn json_lines(&self) -> Vec<Value> {
        json_lines(&self.stdout())
    }

    /// Waits until `find` returns a value for the program's output (standard output, standard error).
    pub async fn wait_for<T>(&mut self, what: &str, find: impl FnMut(&str, &str) -> Option<T>) -> T {
        self.wait_within(wait::DEADLINE, what, find).await
    }

    /// The same with another deadline, for a program that is known to be slow.
    pub async fn wait_within<T>(
        &mut self,
        deadline: Duration,
        what: &str,
        mut find: impl FnMut(&str, &str) -> Option<T>,
    ) -> T {
        let what = format!("{}: {what}", self.name);
        wait::until_within(deadline, &what, async || {
            let ended = self.child.try_wait().expect("the program's state");
            let (out, err) = (self.stdout(), self.stderr());
            let found = find(&out, &err);
            assert!(found.is_some() || ended.is_none(), "{what}: it ended before\n{out}\n{err}");
            found
        })
        .await
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        self.ended_within(wait::DEADLINE).await
    }

    /// The same with another deadline, for a program that is known to be slow.
    pub async fn ended_within(&mut self, deadline: Duration) -> ExitStatus {
        let what = format!("{} ends", self.name);
        wait::until_within(deadline, &what, async || self.child.try_wait().expect("the program's state"))
            .await
    }

    /// Kills it and waits for its end.
    pub fn stop(&mut self) {
        if self.child.kill().is_ok() {
            // This fails only if the process has already been waited for.
            self.child.wait().ok();
        }
    }

    /// Sends it a signal that ends it, such as `QUIT`, and waits for its end.
    pub fn end_with(&mut self, signal: &str) {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "{} could not be told to end", self.name);
        self.child.wait().expect("the program's end");
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    pub async fn terminate(&mut self) -> ExitStatus {
        let status = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "{} could not be asked to stop", self.name);
        self.ended().await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The complete lines that are JSON objects.
pub fn json_lines(text: &str) -> Vec<Value> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object).collect()
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

type Order = (Command, Sender<std::io::Result<Child>>);

/// The thread that starts every program. The kernel's parent-death signal is sent when the *thread*
/// that forked ends, and test threads end with their test; this one ends with the test program.
static SPAWNER: LazyLock<Mutex<Sender<Order>>> = LazyLock::new(|| {
    let (sender, receiver): (_, Receiver<Order>) = channel();
    std::thread::spawn(move || {
        for (mut command, answer) in receiver {
            answer.send(command.spawn()).ok();
        }
    });
    Mutex::new(sender)
});

fn spawn(command: Command) -> std::io::Result<Child> {
    let (sender, receiver) = channel();
    SPAWNER.lock().expect("never poisoned").send((command, sender)).expect("the thread runs for ever");
    receiver.recv().expect("the thread answers")
}
