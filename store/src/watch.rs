//! Watches the operations of a [`StoreHandle`](crate::StoreHandle) from outside, for traces.

use crate::error::StoreError;

/// The name of the operation of this type, such as `RedeemCode`. An operation that wraps another one has the name of
/// the other one.
pub(crate) fn name_of<I>() -> &'static str {
    let path = std::any::type_name::<I>();
    let path = path.split_once('<').map_or(path, |(_, inner)| inner);
    let path = path.split(['<', '>', ',']).next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

/// Is told about every operation that begins.
pub trait Watch: Send + Sync {
    /// Called in the task that waits for the operation, with the name of its type in [`crate::intent`]. Returns `None`
    /// if the caller of the trait need not tell how the operation ends.
    fn begins(&self, operation: &'static str) -> Option<Box<dyn Watched>>;
}

/// An operation in progress. It is dropped without [`Self::ends`] if its task no longer waits for it.
pub trait Watched: Send {
    /// The operation has ended, with this error if it failed.
    fn ends(self: Box<Self>, error: Option<&StoreError>);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Plain;
    struct Wrapper<I, R>(std::marker::PhantomData<(I, R)>);

    #[test]
    fn operations_have_the_name_of_their_type() {
        assert_eq!((name_of::<Plain>(), name_of::<Wrapper<Plain, Vec<Vec<u8>>>>()), ("Plain", "Plain"));
    }
}
