//! Identity providers as they are, behind the whole system: Dex, set up by its guide.

mod dex;
mod mistakes;
mod tenant;
