//! Methods for which no token is needed.

use super::pattern::Pattern;
use crate::limits::policy::{PATTERN, PUBLIC_METHODS};

/// The option `publicMethods`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PublicMethods(Vec<Pattern>);

impl PublicMethods {
    /// No method is public.
    pub const NONE: &'static Self = &Self(Vec::new());

    /// Reads a list of methods; `*` may end each. `None` if one is no method or too long, or if there are too many.
    pub fn parse(list: &[String]) -> Option<Self> {
        let is_method = |text: &String| {
            let name = text.strip_suffix('*').unwrap_or(text);
            // `*` alone would be every method.
            !name.is_empty()
                && text.len() <= PATTERN.most
                && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*')
        };
        let fits = list.len() <= PUBLIC_METHODS.most && list.iter().all(is_method);
        fits.then(|| Self(list.iter().map(|text| Pattern::new(text)).collect()))
    }

    /// Whether no method is public.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this method is public.
    pub fn contains(&self, method: &[u8]) -> bool {
        self.0.iter().any(|pattern| pattern.matches(method))
    }
}
