//! The table of reasons. A row has the variant, its code, its severity, what it means, and what to do about it. Each
//! file in this folder has a macro that adds its rows to those before it, and passes all of them to the next macro. The
//! last one, [`reasons`], gets the whole table.

mod client;
mod ended;
mod login;
mod operation;
mod provider;
mod request;
mod token;
mod traefik;

use client::rows as client;
use ended::rows as ended;
use login::rows as login;
use operation::rows as operation;
use provider::rows as provider;
use request::rows as request;
use token::rows as token;
use traefik::rows as traefik;

use super::reasons;

request! { client, login, provider, token, ended, traefik, operation, reasons; }
