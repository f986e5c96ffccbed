//! The pages that people see, in a real Chromium: how they look, whether everybody can use them, and what happens if
//! somebody does not fill in one form after the other. `make pages` keeps screenshots.

mod look;
mod oddities;
mod opened;
mod passkey;
mod world;
