//! Options as Traefik passes them, before they are interpreted.

use super::error::ConfigError;
use super::names::OPTIONS;
use crate::json::{Json, Object};
use crate::text::TextMap;

/// The given options, by their known names.
pub(super) struct Raw<'a>(Vec<(&'static str, Json<'a>)>);

impl<'a> Raw<'a> {
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, ConfigError> {
        let json = json.trim_ascii();
        let given = if json.is_empty() || json == b"null" {
            Object::default()
        } else {
            Object::parse(json).map_err(|_| ConfigError::NotAnObject)?
        };
        let mut known: Vec<(&'static str, Json<'a>)> = Vec::new();
        for (name, value) in given.into_members() {
            let option = OPTIONS.iter().find(|option| option.eq_ignore_ascii_case(&name));
            let option = *option
                .ok_or_else(|| ConfigError::Unknown { nearest: nearest(&name), name: name.into_owned() })?;
            if known.iter().any(|(other, _)| *other == option) {
                return Err(ConfigError::Repeated(option));
            }
            known.push((option, value));
        }
        Ok(Self(known))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    fn value(&self, name: &'static str) -> Option<&Json<'a>> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A scalar as trimmed text. An option that is given and empty is `Some("")`.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        match self.value(name) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => {
                scalar(value).map(Some).ok_or_else(|| ConfigError::bad(name, "not a single value"))
            }
        }
    }

    /// A scalar as trimmed text; `None` if the option is empty or not given.
    pub(super) fn filled(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// A required scalar. Fails if the option is empty or not given.
    pub(super) fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        self.filled(name)?.ok_or(ConfigError::Missing(name))
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.filled(name)?.map(|text| text.to_ascii_lowercase()).as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(ConfigError::bad(name, "neither true nor false")),
        }
    }

    pub(super) fn number(&self, name: &'static str, default: u64) -> Result<u64, ConfigError> {
        match self.filled(name)? {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ConfigError::bad(name, "not a whole number")),
        }
    }

    /// A list: a text with commas, or an array of scalars. Empty parts are left out.
    pub(super) fn list(&self, name: &'static str) -> Result<Vec<String>, ConfigError> {
        match self.value(name) {
            Some(value) => parts(value, ',').ok_or_else(|| ConfigError::bad(name, "not a list")),
            None => Ok(Vec::new()),
        }
    }

    /// A list that is refused if it is given and empty: otherwise a variable that expands to nothing would remove the
    /// limit that it should set.
    pub(super) fn filled_list(&self, name: &'static str) -> Result<Vec<String>, ConfigError> {
        let list = self.list(name)?;
        if list.is_empty() && !matches!(self.value(name), None | Some(Json::Null)) {
            return Err(ConfigError::bad(name, "given and empty: fill it in, or leave it out"));
        }
        Ok(list)
    }

    /// Pairs in their order, each as `name=value`: a list of texts, or an object with a member for each name.
    pub(super) fn pairs(&self, name: &'static str) -> Result<Vec<(String, String)>, ConfigError> {
        let bad = || ConfigError::bad(name, "not of the form X-Header=value, X-Other=value2");
        let mut pairs = Vec::new();
        if let Some(Json::Object(object)) = self.value(name) {
            for (key, value) in object.members() {
                pairs.push((key.trim().to_owned(), scalar(value).ok_or_else(bad)?));
            }
        } else {
            for entry in self.filled_list(name)? {
                let (key, value) = entry.split_once('=').ok_or_else(bad)?;
                pairs.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Ok(pairs)
    }

    /// A map of lists: `name=part|part, name2=part`, or an object with a member for each name.
    pub(super) fn map(&self, name: &'static str) -> Result<TextMap, ConfigError> {
        let bad = || ConfigError::bad(name, "not of the form scope=value, scope2=value");
        let mut map = TextMap::default();
        if let Some(Json::Object(object)) = self.value(name) {
            for (key, value) in object.members() {
                map.entry(key).extend(parts(value, '|').ok_or_else(bad)?);
            }
        } else {
            for entry in self.filled_list(name)? {
                let (key, values) = entry.split_once('=').ok_or_else(bad)?;
                let values = values.split('|').map(str::trim).filter(|value| !value.is_empty());
                map.entry(key.trim()).extend(values.map(str::to_owned));
            }
        }
        if map.iter().any(|(key, values)| key.is_empty() || values.is_empty()) { Err(bad()) } else { Ok(map) }
    }
}

fn scalar(value: &Json<'_>) -> Option<String> {
    match value {
        Json::Text(text) => Some(text.trim().to_owned()),
        Json::Whole(number) => Some(number.to_string()),
        Json::Bool(true) => Some("true".to_owned()),
        Json::Bool(false) => Some("false".to_owned()),
        Json::Null | Json::Number(_) | Json::List(_) | Json::Object(_) => None,
    }
}

fn parts(value: &Json<'_>, separator: char) -> Option<Vec<String>> {
    let items = match value {
        Json::Null => Vec::new(),
        Json::List(items) => items.iter().map(scalar).collect::<Option<Vec<_>>>()?,
        other => scalar(other)?.split(separator).map(|part| part.trim().to_owned()).collect(),
    };
    Some(items.into_iter().filter(|item| !item.is_empty()).collect())
}

/// The option with the most similar name.
fn nearest(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let distance = |option: &&&'static str| edits(&name, &option.to_ascii_lowercase());
    OPTIONS.iter().min_by_key(distance).copied().unwrap_or_default()
}

/// The Levenshtein distance: how many bytes must be added, removed or changed to turn one text into the other.
pub(super) fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, a) in from.bytes().enumerate() {
        let mut next = vec![index + 1];
        for ((b, diagonal), above) in to.bytes().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(a != b)).min(left + 1).min(above + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
