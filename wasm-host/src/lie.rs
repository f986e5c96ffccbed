//! What a host can do wrong when it is asked.

/// One answer that is not as it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    /// The call traps.
    Trap,
    /// Writes nothing and says this size (for a list, as the lower half of the answer).
    Size(i64),
    /// Writes nothing and says the true size.
    Silent,
    /// Writes half and says the true size.
    Half,
    /// Fills the whole buffer and says that the value is this long.
    Overwrite(i64),
    /// Writes the value and says one byte more.
    OneMore,
    /// Writes the value and says one byte less.
    OneLess,
    /// For a list: writes it and says that it has this many entries.
    Count(i64),
    /// Writes this in the value's place.
    Instead(&'static [u8]),
}

/// Asked at each call, with its name and its number within the request, whether to lie.
pub type Liar = Box<dyn FnMut(&'static str, usize) -> Option<Lie> + Send>;
