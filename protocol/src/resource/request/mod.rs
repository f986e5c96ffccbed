//! A request as the gate reads and edits it. The plugin implements both traits over its host.

mod editor;
mod header_list;
mod unreadable;
mod view;

pub use editor::Editor;
pub use header_list::{HeaderBuffer, HeaderList, Several};
pub use unreadable::Unreadable;
pub use view::{BodyPiece, RequestView};
