//! `init`: asks how MCPBouncer is to run, and writes the files with which Docker Compose starts it.

mod answers;
mod ask;
mod dotenv;
mod earlier;
mod files;
mod flags;
mod person;
#[cfg(test)]
mod tests;
mod tls;
mod users;
mod write;

use std::fmt::Write as _;
use std::path::Path;

use super::terminal::CliError;
use answers::Answers;
use ask::{Asker, Question};
use earlier::Earlier;
use files::{File, files};
pub(super) use flags::Flags;
pub(super) use person::{Person, Terminal};
use users::Users;
use write::{Done, write};

/// Gets the answers and writes the files. Returns the text that says what to do next. `person` is the person at the
/// terminal; `None` if nobody can be asked.
pub(super) fn init(flags: &Flags, person: Option<&mut dyn Person>) -> Result<String, CliError> {
    let mut asker = match person {
        _ if flags.yes => Asker::Defaults,
        Some(person) => Asker::Person(person, Earlier::read(&flags.directory)),
        None => Asker::Nobody,
    };
    asker.show("Enter accepts the answer in brackets.\n")?;
    if asker.earlier().is_some_and(|earlier| earlier.exists()) {
        asker.show("It is the earlier answer, if there is one; none removes it.\n")?;
    }
    asker.show("\n")?;
    let answers = Answers::get(flags, &mut asker)?;
    let files = files(&answers).map_err(CliError::new)?;
    let done = write(&flags.directory, &files, |names| Ok(flags.force || replaces(names, &mut asker)?))?;
    asker.show("\n")?;
    Ok(report(flags, &answers, &files, &done))
}

/// Asks the person whether to replace these files, which differ from the files for the answers; `false` if nobody can
/// be asked.
fn replaces(names: &str, asker: &mut Asker<'_>) -> Result<bool, CliError> {
    if !asker.asks() {
        return Ok(false);
    }
    let text = format!("Replace {names} and keep the previous ones as FILE.bak (yes or no)");
    let question = Question { flag: "--force", text: &text, default: Some("no") };
    asker.answer(question, None, |text| match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("must be yes or no".to_owned()),
    })
}

/// Returns the text that says what was written, and what to do next.
fn report(flags: &Flags, answers: &Answers, files: &[File], done: &[Done]) -> String {
    let mut text = String::new();
    for (file, done) in files.iter().zip(done) {
        let path = flags.directory.join(file.name);
        let path = path.strip_prefix(".").unwrap_or(&path).display();
        let _ = match done {
            Done::Written => writeln!(text, "{path}: written"),
            Done::Unchanged => writeln!(text, "{path}: unchanged"),
            Done::Closed => writeln!(text, "{path}: unchanged; others could read it, and no longer can"),
            Done::Replaced => writeln!(text, "{path}: replaced; the previous one is {path}.bak"),
        };
    }
    if let Users::OpenId(openid) = &answers.users {
        let callback = answers.base.join("/oauth/callback");
        let _ = write!(text, "\nRegister this callback URL at {}:\n\n    {callback}\n", openid.issuer);
    }
    text.push_str("\nNext:\n\n");
    if flags.directory != Path::new(".") {
        let _ = writeln!(text, "    cd {}", flags.directory.display());
    }
    text.push_str("    docker compose up --detach\n");
    text.push_str(match answers.users {
        Users::Local => {
            "    docker compose exec mcpbouncer mcpbouncer users add alice   # prints the password\n"
        }
        Users::OpenId(_) => "    docker compose logs mcpbouncer   # says what is wrong if a login fails\n",
    });
    let _ = write!(text, "\nThen give this URL to an MCP client:\n\n    {}\n", answers.base.join("/mcp"));
    text
}
