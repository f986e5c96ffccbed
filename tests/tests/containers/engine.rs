//! Podman with its own storage, behind Docker's API.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use e2e::process::{Process, Program};
use e2e::{paths, wait};
use tokio::task::JoinHandle;

/// Runs containers. Dropping this value removes everything that it started.
pub struct Engine {
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
    service: Option<Process>,
    health_checks: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the service. First removes what an earlier run left because it was killed.
    pub async fn start() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("podman");
        fs::create_dir_all(folder.join("bin")).expect("a folder");
        let mut engine =
            Self { environment: environment(&folder), folder, service: None, health_checks: None };
        engine.write_configuration();
        engine.remove_everything();
        let socket = engine.socket();
        fs::remove_file(&socket).ok();
        let service = engine.program("podman-service", "podman").args(["system", "service", "--time=0"]);
        let service = service.arg(format!("unix://{}", socket.display())).start(&engine.logs());
        engine.service = Some(service);
        wait::until("Podman listens", async || socket.exists().then_some(())).await;
        engine.health_checks = Some(tokio::spawn(check_health(engine.environment.clone())));
        engine
    }

    /// The path of the socket of Docker's API.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("docker.sock")
    }

    /// The folder of the programs' logs.
    pub fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// The variables with which `docker`, `podman` and `docker compose` use this engine. `docker` is a script that runs
    /// Compose or Podman.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Returns a program with those variables.
    pub fn program(&self, name: &str, executable: &str) -> Program {
        let program = Program::new(name, executable);
        self.environment.iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    /// Runs `podman` and returns its output.
    pub async fn podman(&self, arguments: &[&str]) -> String {
        let name = format!("podman-{}", arguments[0]);
        fs::remove_file(self.logs().join(format!("{name}.out"))).ok();
        self.program(&name, "podman").args(arguments).run(&self.logs(), "").await.trim().to_owned()
    }

    /// Returns the id of the container with this name.
    pub async fn id(&self, name: &str) -> String {
        self.podman(&["inspect", "--format", "{{.Id}}", name]).await
    }

    /// Returns the response to a request over TLS, including its head. The certificate is not checked.
    pub async fn fetched(&self, url: &str) -> String {
        let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).expect("a host");
        let resolved = format!("{host}:127.0.0.1");
        let arguments = ["--silent", "--include", "--insecure", "--max-time", "10", "--http1.1", "--resolve"];
        let mut command = tokio::process::Command::new("curl");
        let output = command.args(arguments).args([&resolved, url]).output().await.expect("curl runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Returns the log of a container.
    pub fn log(&self, name: &str) -> String {
        let output = self.command().args(["logs", name]).output().expect("podman runs");
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
    }

    fn write_configuration(&self) {
        let file = |name: &str, text: String| fs::write(self.folder.join(name), text).expect("a file");
        fs::create_dir_all(self.logs()).expect("a folder");
        let folder = self.folder.display();
        // Debian's default runtime does not run on every machine, and the default limits are higher than a machine may
        // allow. The process that watches a command in a container would otherwise stay for five minutes after the
        // command.
        let containers = format!(
            "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1000:1000\"]\n[engine]\nruntime = \"runc\"\n\
             cgroup_manager = \"cgroupfs\"\nexit_command_delay = 1\nevents_logger = \"file\"\nimage_copy_tmp_dir = \"storage\"\n\
             tmp_dir = \"{folder}/run/libpod\"\n[network]\nnetwork_backend = \"netavark\"\n\
             network_config_dir = \"{folder}/networks\"\n"
        );
        file("containers.conf", containers);
        let storage = format!(
            "[storage]\ndriver = \"vfs\"\ngraphroot = \"{folder}/storage\"\nrunroot = \"{folder}/run/storage\"\n"
        );
        file("storage.conf", storage);
        let compose = paths::docker_compose();
        let docker = format!(
            "#!/bin/sh\nif [ \"$1\" = compose ]; then shift; exec '{}' \"$@\"; fi\nexec podman \"$@\"\n",
            compose.display()
        );
        file("bin/docker", docker);
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.folder.join("bin/docker"), executable).expect("an executable script");
    }

    fn command(&self) -> Command {
        let mut command = Command::new("podman");
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Removes containers, volumes, networks, and images without a name.
    fn remove_everything(&self) {
        let steps: [&[&str]; 4] = [
            &["rm", "--all", "--force", "--volumes", "--time", "0"],
            &["volume", "prune", "--force"],
            &["network", "prune", "--force"],
            &["image", "prune", "--force"],
        ];
        for step in steps {
            let output = self.command().args(step).output().expect("podman runs");
            if !output.status.success() {
                eprintln!("podman {step:?}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(checks) = self.health_checks.take() {
            checks.abort();
        }
        self.remove_everything();
        self.service = None;
    }
}

fn environment(folder: &Path) -> Vec<(&'static str, String)> {
    let below = |name: &str| folder.join(name).display().to_string();
    vec![
        ("PATH", format!("{}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", below("bin"))),
        ("HOME", below("home")),
        ("TMPDIR", below("storage")),
        ("CONTAINERS_CONF", below("containers.conf")),
        ("CONTAINERS_STORAGE_CONF", below("storage.conf")),
        ("DOCKER_HOST", format!("unix://{}", below("docker.sock"))),
        ("DOCKER_SOCKET", below("docker.sock")),
    ]
}

/// Runs the health checks of containers. Docker does that by itself, but Podman uses timers of systemd, which a machine
/// need not have.
async fn check_health(environment: Vec<(&'static str, String)>) {
    let podman = async |arguments: &[&str]| {
        let mut command = tokio::process::Command::new("podman");
        command.env_clear().envs(environment.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
        let output = command.args(arguments).output().await.expect("podman runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    loop {
        for state in ["health=starting", "health=unhealthy"] {
            for id in podman(&["ps", "--quiet", "--filter", state]).await.lines() {
                podman(&["healthcheck", "run", id]).await;
            }
        }
        wait::foreign_clock(Duration::from_millis(500)).await;
    }
}
