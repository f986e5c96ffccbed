//! Parses the part of HTML that is necessary to fill in a form.

/// A form on a page.
#[derive(Debug, Default)]
pub struct Form {
    /// The action of the form as written; empty means the URL of the page.
    pub action: String,
    /// The names and values of the form's inputs and buttons.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// Whether the form has an input or a button with this name.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(own, _)| own == name)
    }
}

/// Returns the forms of a page.
pub fn forms(page: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for tag in tags(page) {
        let attribute = |name: &str| attribute(tag, name);
        match tag.split_whitespace().next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "form" => {
                forms.push(Form { action: attribute("action").unwrap_or_default(), fields: Vec::new() })
            }
            "input" | "button" => {
                if let (Some(form), Some(name)) = (forms.last_mut(), attribute("name")) {
                    form.fields.push((name, attribute("value").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    forms
}

/// Returns the target of `<meta http-equiv="refresh">`.
pub fn meta_refresh(page: &str) -> Option<String> {
    let is_refresh =
        |tag: &&str| attribute(tag, "http-equiv").is_some_and(|value| value.eq_ignore_ascii_case("refresh"));
    let content = attribute(tags(page).find(is_refresh)?, "content")?;
    Some(content.split_once("url=")?.1.to_owned())
}

/// Returns the target of the link with this id.
pub fn link(page: &str, id: &str) -> Option<String> {
    let named = |tag: &&str| tag.starts_with("a ") && attribute(tag, "id").as_deref() == Some(id);
    attribute(tags(page).find(named)?, "href")
}

/// Returns the texts between `<` and `>`. Those of end tags include the slash.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|piece| Some(piece.split_once('>')?.0))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0;
    Some(unescaped(value))
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_escapes() {
        let page = r#"<p>x</p><form method="post" action="/a?b&amp;c"><input name="x" value="&lt;1"><button name="y" value="2">z</button></form>"#;
        let form = forms(page).pop().unwrap();
        assert_eq!(form.action, "/a?b&c");
        assert_eq!(form.fields, [("x".to_owned(), "<1".to_owned()), ("y".to_owned(), "2".to_owned())]);
        assert_eq!(
            meta_refresh(r#"<meta http-equiv="refresh" content="0;url=http://h/?a&amp;b">"#).unwrap(),
            "http://h/?a&b"
        );
        let page = r#"<a href="/x">x</a><a id="back" href="http://h/?a&amp;b">back</a>"#;
        assert_eq!((link(page, "back").as_deref(), link(page, "other")), (Some("http://h/?a&b"), None));
    }
}
