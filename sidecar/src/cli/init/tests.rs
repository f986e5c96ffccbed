//! Answers become files; wrong answers get a sentence.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::Parser;
use serde_json::Value;
use zeroize::Zeroizing;

use super::*;

/// A client secret with characters that have a special meaning in shells or in `.env`.
const SECRET: &str = "canary$HOME#\"x ${Y}";

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    flags: Flags,
}

fn flags(folder: &Path, line: &str) -> Flags {
    let arguments = ["init", "--directory", folder.to_str().unwrap()].into_iter();
    Line::try_parse_from(arguments.chain(line.split_whitespace())).unwrap().flags
}

/// Gives answers from a list, and keeps everything that is shown.
#[derive(Default)]
struct Scripted {
    answers: VecDeque<&'static str>,
    shown: String,
}

impl Scripted {
    fn of(answers: &[&'static str]) -> Self {
        Self { answers: answers.iter().copied().collect(), shown: String::new() }
    }
}

impl Person for Scripted {
    fn line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        self.shown.push_str(prompt);
        self.shown.push('\n');
        Ok(self.answers.pop_front().map(|answer| Zeroizing::new(answer.to_owned())))
    }

    fn hidden_line(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        self.line(prompt)
    }

    fn show(&mut self, text: &str) -> io::Result<()> {
        self.shown.push_str(text);
        Ok(())
    }
}

/// Runs the command with a new folder, next to which it puts the file `secret`; returns what it printed and what it
/// wrote.
fn run(line: &str) -> (Result<String, String>, BTreeMap<String, String>) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let line = line.replace("SECRET", secret.to_str().unwrap());
    let out = folder.path().join("out");
    let printed = init(&flags(&out, &line), None).map_err(|error| error.to_string());
    (printed, written(&out))
}

fn written(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let file = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

fn variables(env: &str) -> BTreeMap<&str, &str> {
    env.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once('=').unwrap()).collect()
}

/// Valid command lines; each Compose add-on is used by at least one of them.
const GOOD: [&str; 5] = [
    "--domain localhost --provider local",
    "--domain wiki.localhost --provider local --port 8081 --address ::1",
    "--domain mcp.example.com --tls acme --acme-email me@example.com --provider local",
    "--domain mcp.example.com --tls acme --acme-email me@example.com --provider https://accounts.google.com \
     --client-id c --client-secret-file SECRET --allowed-email-domains example.com,example.org",
    "--domain mcp.example.com --tls external --trusted-proxies 10.0.0.7,fd00::/8 --address 0.0.0.0 --port 8080 \
     --provider http://idp.internal/realms/a --internal-provider --client-id c --public-client",
];

#[test]
fn the_defaults_are_the_quick_start() {
    let (printed, files) = run("--yes");
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/compose.yml");
    assert_eq!(files["compose.yml"], fs::read_to_string(deploy).unwrap());
    assert!(files["compose.yml"].contains(concat!("/mcpbouncer:", env!("CARGO_PKG_VERSION"), "\n")));
    assert!(variables(&files[".env"]).is_empty());
    assert_eq!(files.len(), 2);
    let printed = printed.unwrap();
    for part in
        ["    docker compose up --detach\n", "mcpbouncer users add alice", "    http://localhost/mcp\n"]
    {
        assert!(printed.contains(part), "{printed}");
    }
    assert!(!printed.contains("callback"), "{printed}");
}

#[test]
fn each_answer_is_in_a_file() {
    let (printed, files) = run(GOOD[1]);
    assert!(files["compose.yml"].contains("rule: Host(`wiki.localhost`)\n"));
    assert!(files["compose.yml"].contains("give http://wiki.localhost:8081/mcp to"));
    assert_eq!(variables(&files[".env"]), [("ADDRESS", "'[::1]'"), ("PORT", "8081")].into());
    assert!(printed.unwrap().contains("    http://wiki.localhost:8081/mcp\n"));

    let (printed, files) = run(GOOD[3]);
    let expected = [
        ("COMPOSE_PATH_SEPARATOR", ":".to_owned()),
        ("COMPOSE_FILE", "compose.yml:compose.acme.yml:compose.provider.yml".to_owned()),
        ("MCP_HOST", "mcp.example.com".to_owned()),
        ("ACME_EMAIL", "me@example.com".to_owned()),
        ("BOUNCER_PROVIDER_ISSUER", "https://accounts.google.com".to_owned()),
        ("BOUNCER_PROVIDER_CLIENT_ID", "c".to_owned()),
        ("BOUNCER_ALLOWED_EMAIL_DOMAINS", "example.com,example.org".to_owned()),
        ("BOUNCER_PROVIDER_CLIENT_SECRET", format!("'{SECRET}'")),
    ];
    let expected = expected.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(variables(&files[".env"]), expected.into());
    let printed = printed.unwrap();
    for part in ["https://mcp.example.com/oauth/callback\n", "    https://mcp.example.com/mcp\n"] {
        assert!(printed.contains(part), "{printed}");
    }
    assert!(!printed.contains("canary"), "{printed}");

    let (_, files) = run(GOOD[4]);
    let env = variables(&files[".env"]);
    for (name, value) in [
        ("COMPOSE_FILE", "compose.yml:compose.proxy.yml:compose.provider.yml"),
        ("TRUSTED_PROXIES", "10.0.0.7,fd00::/8"),
        ("ADDRESS", "0.0.0.0"),
        ("PORT", "8080"),
        ("BOUNCER_INTERNAL_ISSUERS", "http://idp.internal/realms/a"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
}

#[test]
fn compose_files_are_yaml_without_the_secret_and_have_the_variables_that_they_require() {
    for line in GOOD {
        let (printed, files) = run(line);
        printed.unwrap();
        let env = variables(&files[".env"]);
        let names: Vec<&str> =
            env.get("COMPOSE_FILE").map_or_else(|| vec!["compose.yml"], |names| names.split(':').collect());
        assert_eq!(files.len(), names.len() + 1, "{line}: every file is used");
        for name in names {
            let text = &files[name];
            let yaml: Value = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(yaml["services"]["traefik"].is_object() || yaml["services"]["mcpbouncer"].is_object());
            assert!(!text.contains("canary"), "{name}");
            for required in text.split("${").skip(1).filter_map(|rest| rest.split_once(":?")) {
                assert!(env.contains_key(required.0), "{name}: {}", required.0);
            }
        }
    }
}

#[test]
fn a_wrong_or_missing_answer_gets_a_sentence_and_nothing_is_written() {
    let google = "--domain localhost --provider https://accounts.google.com --client-id c --public-client";
    let entra = "--domain localhost --provider https://login.microsoftonline.com/common/v2.0 --client-id c --public-client";
    let idp = "--domain localhost --provider https://idp.example.com --client-id c";
    let cases: [(&str, &str); 32] = [
        ("", "--domain is missing, and there is no terminal"),
        ("--domain localhost", "--provider is missing"),
        ("--domain mcp.example.com", "--tls is missing"),
        ("--domain mcp.example.com --tls acme", "--acme-email is missing"),
        ("--domain mcp.example.com --yes", "--acme-email is missing"),
        ("--domain mcp.example.com --tls external --address 0.0.0.0 --yes", "--trusted-proxies is missing"),
        ("--domain https://mcp.example.com", "--domain must be a host name"),
        ("--domain mcp.example.com:8443", "--domain must be a host name"),
        ("--domain mcp.example.com/wiki", "--domain must be a host name"),
        ("--domain x`)||Host(`y", "--domain must be a host name"),
        ("--domain mcp.example.com --tls none", "--tls none is for this machine only"),
        ("--domain localhost --tls acme", "Let's Encrypt does not certify localhost"),
        ("--domain 192.0.2.7 --tls acme", "Let's Encrypt does not certify 192.0.2.7"),
        ("--domain localhost --tls tls", "--tls must be acme, external or none"),
        ("--domain a.example --tls acme --acme-email me", "--acme-email must be an email address"),
        ("--domain a.example --tls acme --port 81", "--port cannot be used with --tls acme"),
        ("--domain localhost --acme-email a@b.c", "--acme-email is for --tls acme"),
        ("--domain a.example --tls external --trusted-proxies 0.0.0.0/0", "it would trust every client"),
        ("--domain a.example --tls external --trusted-proxies proxy", "must be addresses and networks"),
        ("--domain a.example --tls external --trusted-proxies 10.0.0.0/33", "must be addresses and networks"),
        ("--domain localhost --port 0 --provider local", "--port must be a number from 1 to 65535"),
        ("--domain localhost --provider idp", "--provider must be local, or the issuer"),
        ("--domain localhost --provider http://idp.example.com", "uses http"),
        (
            "--domain localhost --provider local --allowed-users a",
            "--allowed-users is for an OpenID Connect provider",
        ),
        ("--domain localhost --provider https://idp.example.com", "--client-id is missing"),
        (idp, "--client-secret-file is missing"),
        (google, "Anybody can have an account at https://accounts.google.com"),
        (entra, "name the directories (--allowed-tenants)"),
        (&format!("{entra} --allowed-tenants contoso"), "must be ids of Entra ID directories"),
        (&format!("{google} --allowed-tenants x"), "--allowed-tenants is for Entra ID only"),
        (&format!("{google} --allowed-users ,"), "is set and empty"),
        (
            &format!("{google} --allowed-email-domains a@b"),
            "--allowed-email-domains is not a list of domains",
        ),
    ];
    for (line, sentence) in cases {
        let (printed, files) = run(line);
        let error = printed.unwrap_err();
        assert!(error.contains(sentence) && !error.contains('\n'), "{line}: {error}");
        assert!(files.is_empty(), "{line}");
    }
}

#[test]
fn a_person_is_asked_again_until_the_answer_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let mut person = Scripted::of(&[
        "https://x",
        "mcp.example.com",
        "none",
        "",
        "",
        "me@example.com",
        "https://github.com",
        "",
        "cid",
        "it's",
        SECRET,
        "none",
        "",
        "",
        "alice",
        "a@b",
        "",
        "",
    ]);
    let printed = init(&flags(folder.path(), ""), Some(&mut person)).unwrap();
    assert!(person.answers.is_empty(), "{}", person.shown);
    for part in [
        "Host name of the MCP server, such as mcp.example.com [localhost]: \nThe answer must be a host name",
        "[acme]: \nThe answer none is for this machine only",
        "Email address for Let's Encrypt: \nThe answer is needed.\n",
        "callback URL https://mcp.example.com/oauth/callback\n",
        "The secret must not contain quotes",
        "Anybody can have an account at https://github.com",
        "The answer is not a list of domains.\n",
    ] {
        assert!(person.shown.contains(part), "{part}\n{}", person.shown);
    }
    let env = &written(folder.path())[".env"];
    assert_eq!(variables(env)["BOUNCER_ALLOWED_USERS"], "alice");
    assert!(!person.shown.contains("canary") && !printed.contains("canary"));

    let mut gone = Scripted::of(&["mcp.example.com"]);
    let other = folder.path().join("other");
    let error = init(&flags(&other, ""), Some(&mut gone)).unwrap_err().to_string();
    assert!(error.contains("the input ended") && !other.exists(), "{error}");
}

#[test]
fn earlier_answers_are_the_defaults_and_other_ones_replace_them_when_that_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, SECRET).unwrap();
    let out = folder.path().join("out");
    let first = "--domain mcp.example.com --tls external --trusted-proxies 10.0.0.7 --address ::1 --port 8080 \
         --provider http://idp.internal/realms/a --internal-provider --client-id cid --allowed-users alice";
    let first = format!("{first} --client-secret-file {}", secret.display());
    init(&flags(&out, &first), None).unwrap();
    let before = written(&out);

    let mut person = Scripted::of(&[""; 10]);
    let printed = init(&flags(&out, ""), Some(&mut person)).unwrap();
    assert!(person.answers.is_empty(), "{}", person.shown);
    assert_eq!(printed.matches(": unchanged\n").count(), 4, "{printed}");
    for prompt in [
        "such as mcp.example.com [mcp.example.com]: ",
        " [external]: ",
        " [::1]: ",
        "--port stays 8080.\n",
        " [10.0.0.7]: ",
        " [http://idp.internal/realms/a]: ",
        "Client ID [cid]: ",
        "Enter keeps the earlier one",
        " [alice]: ",
    ] {
        assert!(person.shown.contains(prompt), "{prompt}\n{}", person.shown);
    }
    assert!(!person.shown.contains("canary"), "{}", person.shown);

    // There are no earlier answers about another provider.
    let other = ["", "", "", "", "https://idp.example.com", "", "other", "", "", "", "", "no"];
    let mut person = Scripted::of(&other);
    let error = init(&flags(&out, ""), Some(&mut person)).unwrap_err().to_string();
    assert!(error.starts_with(".env in ") && error.contains("nothing was written"), "{error}");
    assert!(person.shown.contains("Client ID: \nThe answer is needed.\n"), "{}", person.shown);
    assert_eq!(written(&out), before);

    let mut person = Scripted::of(&["", "", "", "", "", "", "none", "none", "", "staff", "yes"]);
    let printed = init(&flags(&out, ""), Some(&mut person)).unwrap();
    assert!(printed.contains(".env: replaced"), "{printed}");
    let after = written(&out);
    let env = variables(&after[".env"]);
    assert_eq!(env.get("BOUNCER_ALLOWED_GROUPS"), Some(&"staff"));
    assert!(
        !env.contains_key("BOUNCER_PROVIDER_CLIENT_SECRET") && !env.contains_key("BOUNCER_ALLOWED_USERS")
    );
    assert_eq!(after[".env.bak"], before[".env"]);
}

#[test]
fn the_same_answers_change_nothing_and_others_replace_nothing_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let again = |line: &str| init(&flags(folder.path(), line), None).map_err(|error| error.to_string());
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    let acme = "--domain a.example --tls acme --acme-email me@a.example --provider local";
    assert_eq!(again(acme).unwrap().matches(": written\n").count(), 3);
    let first = written(folder.path());
    assert_eq!(again(acme).unwrap().matches(": unchanged\n").count(), 3);
    assert_eq!([mode(".env"), mode("compose.yml"), mode("compose.acme.yml")], [0o600, 0o644, 0o644]);

    fs::set_permissions(folder.path().join(".env"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(again(acme).unwrap().contains(".env: unchanged; others could read it"));
    assert_eq!(mode(".env"), 0o600);

    let other = acme.replace("a.example", "b.example");
    let error = again(&other).unwrap_err();
    assert!(error.starts_with("compose.yml, .env in ") && error.contains("--force"), "{error}");
    assert_eq!(written(folder.path()), first, "nothing was written");

    fs::set_permissions(folder.path().join(".env"), fs::Permissions::from_mode(0o644)).unwrap();
    let printed = again(&format!("{other} --force")).unwrap();
    assert_eq!(printed.matches(": replaced; the previous one is ").count(), 2, "{printed}");
    let second = written(folder.path());
    assert_eq!([&second[".env.bak"], &second["compose.yml.bak"]], [&first[".env"], &first["compose.yml"]]);
    assert!(second[".env"].contains("\nMCP_HOST=b.example\n"));
    assert_eq!(mode(".env.bak"), 0o600, "it may hold a secret");
}
