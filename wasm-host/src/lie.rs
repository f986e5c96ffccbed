//! Ways in which a host can respond wrongly to a call.

/// A wrong response to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    /// The call traps.
    Trap,
    /// Writes nothing and returns this size (for a list, in the lower half of the result); a WASI function returns it
    /// as its errno.
    Size(i64),
    /// Writes nothing and reports the true size.
    Silent,
    /// Writes half of the value and reports the true size.
    Half,
    /// Fills the whole buffer and reports this length; `fd_read` writes the content and reports this length.
    Overwrite(i64),
    /// Writes the value and reports one byte more.
    OneMore,
    /// Writes the value and reports one byte less.
    OneLess,
    /// For a list: writes the list and reports this number of entries.
    Count(i64),
    /// Writes this instead of the value.
    Instead(&'static [u8]),
}

/// Called at each host call, with its name and its number within the request; returns the lie to tell, if any.
pub type Liar = Box<dyn FnMut(&'static str, usize) -> Option<Lie> + Send>;
