//! Checks, for `check-config`, the files and folders that the settings name.

use std::sync::Arc;

use crate::brand::{Icons, Logo};
use crate::clients::ClientsFile;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::providers::Providers;
use crate::upstream;
use crate::users::Users;

/// Returns the problems in the files and folders that the settings name, one sentence each; empty if there are none.
pub fn problems(config: &Config) -> Vec<String> {
    let (mut problems, clock) = (Vec::new(), Arc::new(SystemClock) as Arc<dyn Clock>);
    if let Err(error) = Users::open(config.identity.users_file.as_deref(), &clock) {
        problems.push(format!("BOUNCER_USERS_FILE: {error}"));
    }
    if let Err(error) = upstream::http::authorities(config.outbound.ca_file.as_deref()) {
        problems.push(format!("BOUNCER_CA_FILE: {error}"));
    }
    if let Err(error) =
        Providers::open(config.identity.providers_file.as_deref(), config.defaults.provider.clone())
    {
        problems.push(format!("BOUNCER_PROVIDERS_FILE: {error}"));
    }
    if let Err(error) = ClientsFile::open(config.clients.file.as_deref(), &clock) {
        problems.push(format!("BOUNCER_CLIENTS_FILE: {error}"));
    }
    if let Some(Err(error)) = config.brand.logo.as_deref().map(Logo::read) {
        problems.push(format!("BOUNCER_BRAND_LOGO: {error}"));
    }
    let (_, unusable) = config.brand.icons.as_deref().map(Icons::read).unwrap_or_default();
    problems.extend(unusable.iter().map(|problem| format!("BOUNCER_BRAND_ICONS: {problem}")));
    let folder = config.storage.db_path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(share) = config.server.share_dir.as_deref().filter(|share| !share.is_dir()) {
        problems.push(format!("BOUNCER_SHARE_DIR: the folder {} does not exist", share.display()));
    }
    if config.storage.database_url.is_none() && folder.is_some_and(|folder| !folder.is_dir()) {
        problems.push(format!(
            "BOUNCER_DB_PATH: the folder of {} does not exist",
            config.storage.db_path.display()
        ));
    }
    problems
}
