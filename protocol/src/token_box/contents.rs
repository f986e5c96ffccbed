//! The content of a box.

use crate::header_text::{list_value, text_value};
use crate::secret::Secret;
use crate::settings::{BoxItem, Profile};

/// The content of a box: texts, each with its kind. There may be several groups, but at most one text of every other
/// kind. The content cannot be printed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BoxContents(Vec<(BoxItem, Secret<String>)>);

impl BoxContents {
    /// An empty box.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes the texts of these items from `profile`. An e-mail address is taken only if the provider says that it is
    /// verified.
    pub fn of_profile(profile: &Profile, items: &[BoxItem]) -> Self {
        let mut contents = Self::new();
        for item in items {
            match item {
                BoxItem::Email if profile.email_verified == Some(true) => {
                    contents.insert_some(*item, profile.email.as_deref());
                }
                BoxItem::Name => contents.insert_some(*item, profile.name.as_deref()),
                BoxItem::Username => contents.insert_some(*item, profile.preferred_username.as_deref()),
                BoxItem::Groups => profile.groups.iter().for_each(|group| contents.insert(*item, group)),
                BoxItem::Email | BoxItem::ClientName | BoxItem::UpstreamToken => {}
            }
        }
        contents
    }

    /// Adds a text of this kind.
    pub fn insert(&mut self, item: BoxItem, text: &str) {
        self.0.push((item, Secret::new(text.to_owned())));
    }

    /// Adds a text of this kind, if there is one.
    pub fn insert_some(&mut self, item: BoxItem, text: Option<&str>) {
        if let Some(text) = text {
            self.insert(item, text);
        }
    }

    /// Whether the box is empty.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The texts of this kind: any number of groups, at most one text of every other kind.
    pub fn texts(&self, item: BoxItem) -> impl Iterator<Item = &str> {
        self.entries().filter(move |(of, _)| *of == item).map(|(_, text)| text)
    }

    /// The header value for this item: the groups as a list, anything else as a text. `None` if the box does not hold
    /// the item, or if the value is too long for a header.
    pub fn header_value(&self, item: BoxItem) -> Option<String> {
        let mut texts = self.texts(item).peekable();
        texts.peek()?;
        if item == BoxItem::Groups { list_value(texts) } else { texts.next().and_then(text_value) }
    }

    /// The box without this item.
    #[must_use]
    pub fn without(mut self, item: BoxItem) -> Self {
        self.0.retain(|(of, _)| *of != item);
        self
    }

    /// All texts, each with its kind.
    pub(super) fn entries(&self) -> impl Iterator<Item = (BoxItem, &str)> {
        self.0.iter().map(|(item, text)| (*item, text.expose().as_str()))
    }
}
