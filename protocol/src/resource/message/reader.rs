//! Reads the messages of a body piece by piece.

use super::error::MessageError;
use super::member::{Had, Member, OF_MESSAGE, OF_PARAMS, OF_REF, find};
use super::texts::{Slot, Texts, quoted};
use crate::limits::policy::MESSAGES;
use inner_loops::json::{NoText, Raw, Scanner, Token};
use inner_loops::names::Known;

/// The longest `id` that an error response repeats, in bytes.
const LONGEST_ID: usize = 128;

/// The methods whose parameters have the name or URI that a rule is about.
const NAMED: [(&[u8], Parameter); 6] = [
    (b"tools/call", Parameter::Name),
    (b"prompts/get", Parameter::Name),
    (b"resources/read", Parameter::Uri),
    (b"resources/subscribe", Parameter::Uri),
    (b"resources/unsubscribe", Parameter::Uri),
    (b"completion/complete", Parameter::Ref),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parameter {
    Name,
    Uri,
    Ref,
}

/// A text in the parameters by which rules are chosen. It is UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name<'a> {
    /// `params.name`.
    Name(&'a [u8]),
    /// `params.uri`.
    Uri(&'a [u8]),
    /// `params.ref.name` of `completion/complete`: the name of a prompt.
    OfPrompt(&'a [u8]),
    /// `params.ref.uri` of `completion/complete`: the URI of a resource or of a template.
    OfResource(&'a [u8]),
}

/// A message that is a request or a notification.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// The method: UTF-8.
    pub method: &'a [u8],
    /// The texts by which rules are chosen. At least one is `Some` if the method is an MCP method that needs one.
    pub names: [Option<Name<'a>>; 2],
}

/// Where in the body the reader is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Before or after the message or batch.
    Outside,
    /// In a batch, between messages.
    Batch,
    Message,
    Params,
    Ref,
}

/// What the end of an object or array ends: a message, or a part of a message or the batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ended {
    Message,
    Part,
}

/// Reads the messages of a body in pieces.
#[derive(Default)]
pub struct MessageReader {
    scanner: Scanner,
    messages: Messages,
}

/// What is read of the messages.
#[expect(clippy::struct_excessive_bools, reason = "each answers another question")]
struct Messages {
    place: Place,
    is_batch: bool,
    count: usize,
    had: Had,
    had_in_params: Had,
    had_in_ref: Had,
    /// The member whose value comes next.
    member: Member,
    texts: Texts,
    /// Whether the `id` is a string. If not, the `id` is a number or missing.
    is_text_id: bool,
    has_request: bool,
    has_response: bool,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            place: Place::Outside,
            is_batch: false,
            count: 0,
            had: Had::default(),
            had_in_params: Had::default(),
            had_in_ref: Had::default(),
            member: Member::OTHER,
            texts: Texts::new(),
            is_text_id: false,
            has_request: false,
            has_response: false,
        }
    }
}

impl MessageReader {
    /// Creates a reader at the beginning of a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether any message is a request or a notification.
    pub const fn has_request(&self) -> bool {
        self.messages.has_request
    }

    /// Whether any message is a response.
    pub const fn has_response(&self) -> bool {
        self.messages.has_response
    }

    /// Whether the body is a batch.
    pub const fn is_batch(&self) -> bool {
        self.messages.is_batch
    }

    /// The `id` of the message as JSON: `null` if the message has no id, if the id is too long or not known yet, or if
    /// the body is a batch.
    pub fn id(&self) -> String {
        let text = self.messages.texts.any(Slot::Id).filter(|_| !self.is_batch());
        match text.and_then(|text| core::str::from_utf8(text).ok()) {
            None => "null".to_owned(),
            Some(text) if self.messages.is_text_id => quoted(text),
            Some(digits) => digits.to_owned(),
        }
    }

    /// The text with which `Mcp-Name` has to agree: the name or the URI in the parameters, or the id of a task.
    pub fn header_name(&self) -> Option<&[u8]> {
        let method = self.method().unwrap_or_default();
        let by_preference = match method.split(|byte| *byte == b'/').next() {
            Some(b"tasks") => [Slot::Task, Slot::Name, Slot::Uri],
            Some(b"resources") => [Slot::Uri, Slot::Name, Slot::Task],
            _ => [Slot::Name, Slot::Uri, Slot::Task],
        };
        by_preference.iter().find_map(|slot| self.messages.texts.any(*slot))
    }

    /// The method of the message that was read last.
    pub fn method(&self) -> Option<&[u8]> {
        self.messages.texts.any(Slot::Method)
    }

    /// Reads the next piece of the body, and calls `each` with each complete message that is a request or a
    /// notification.
    pub fn read(
        &mut self,
        piece: &[u8],
        each: &mut dyn FnMut(&Message<'_>) -> Result<(), MessageError>,
    ) -> Result<(), MessageError> {
        let Self { scanner, messages } = self;
        let mut read = Ok(());
        let last = scanner
            .read(piece, &mut |scanner, token, raw| messages.token(scanner, token, raw, each, &mut read));
        if matches!(last, Token::Invalid) { Err(MessageError::NotJson) } else { read }
    }

    /// Ends the body. Fails if the body is not complete or holds no message.
    pub const fn finish(&self) -> Result<(), MessageError> {
        if !self.scanner.is_complete() {
            return Err(MessageError::NotJson);
        }
        if self.messages.count == 0 { Err(MessageError::Empty) } else { Ok(()) }
    }
}

impl Messages {
    /// Reads a token. If it fails, `read` has the error, and the result is false: a `Result` would be written to memory
    /// for each token.
    #[inline]
    fn token(
        &mut self,
        scanner: &mut Scanner,
        token: Token,
        raw: Raw<'_>,
        each: &mut dyn FnMut(&Message<'_>) -> Result<(), MessageError>,
        read: &mut Result<(), MessageError>,
    ) -> bool {
        let outcome = match token {
            Token::Name => self.name(scanner, raw),
            Token::Object => self.begin_object(),
            Token::Array if self.place == Place::Outside => {
                (self.place, self.is_batch) = (Place::Batch, true);
                scanner.look_to(2);
                Ok(())
            }
            Token::End => {
                if self.end(scanner) == Ended::Message {
                    return self.end_message(each, read);
                }
                Ok(())
            }
            _ => self.value(scanner, token, raw),
        };
        match outcome {
            Ok(()) => true,
            Err(error) => {
                *read = Err(error);
                false
            }
        }
    }

    /// Ends a message. If it fails, `read` has the error, and the result is false.
    // Not inlined, so that the other tokens do not carry its stack frame.
    #[inline(never)]
    fn end_message(
        &mut self,
        each: &mut dyn FnMut(&Message<'_>) -> Result<(), MessageError>,
        read: &mut Result<(), MessageError>,
    ) -> bool {
        match self.message() {
            Ok(Some(message)) => {
                *read = each(&message);
                self.has_request = true;
            }
            Ok(None) => self.has_response = true,
            Err(error) => *read = Err(error),
        }
        read.is_ok()
    }

    fn begin_object(&mut self) -> Result<(), MessageError> {
        self.place = match self.place {
            Place::Outside | Place::Batch => {
                self.count += 1;
                if self.count > MESSAGES.most {
                    return Err(MessageError::TooMany);
                }
                self.had = Had::default();
                self.had_in_params = Had::default();
                self.had_in_ref = Had::default();
                if self.count > 1 {
                    self.texts.clear();
                }
                Place::Message
            }
            Place::Message => Place::Params,
            Place::Params | Place::Ref => Place::Ref,
        };
        self.member = Member::OTHER;
        Ok(())
    }

    /// Ends an object, or the batch.
    fn end(&mut self, scanner: &mut Scanner) -> Ended {
        self.member = Member::OTHER;
        let ended = if self.place == Place::Message { Ended::Message } else { Ended::Part };
        self.place = match self.place {
            Place::Ref => Place::Params,
            Place::Params => Place::Message,
            Place::Message if self.is_batch => Place::Batch,
            Place::Message | Place::Batch | Place::Outside => Place::Outside,
        };
        if matches!(self.place, Place::Params | Place::Message) {
            let depth = scanner.depth();
            scanner.look_to(depth);
        }
        ended
    }

    /// Reads the name of a member. If the member decides, has the scanner keep its value or read its members.
    fn name(&mut self, scanner: &mut Scanner, raw: Raw<'_>) -> Result<(), MessageError> {
        let (members, had): (&'static [Known], _) = match self.place {
            Place::Params => (&OF_PARAMS, &mut self.had_in_params),
            Place::Ref => (&OF_REF, &mut self.had_in_ref),
            Place::Outside | Place::Batch | Place::Message => (&OF_MESSAGE, &mut self.had),
        };
        self.member = match scanner.text(raw) {
            Ok(name) => find(name, members, had)?,
            // No deciding member has so long a name.
            Err(NoText::TooLong) => Member::OTHER,
            Err(NoText::Surrogate) => return Err(MessageError::MemberName),
        };
        let depth = scanner.depth();
        scanner.keep(self.member.is_kept());
        scanner.look_to(depth + usize::from(self.member.has_members()));
        Ok(())
    }

    /// Reads a value whose members are not read.
    fn value(&mut self, scanner: &mut Scanner, token: Token, raw: Raw<'_>) -> Result<(), MessageError> {
        let slot = match (self.place, core::mem::replace(&mut self.member, Member::OTHER)) {
            (Place::Outside | Place::Batch, _) => return Err(MessageError::NotAMessage),
            (Place::Message, Member::ID) => {
                self.id_is(scanner, token, raw);
                return Ok(());
            }
            (Place::Message, Member::METHOD) => Slot::Method,
            (Place::Params, Member::NAME) => Slot::Name,
            (Place::Params, Member::URI) => Slot::Uri,
            (Place::Params, Member::TASK_ID) => Slot::Task,
            (Place::Ref, Member::NAME) => Slot::RefName,
            (Place::Ref, Member::URI) => Slot::RefUri,
            _ => {
                // An array has begun in the place of `params` or `ref`. The scanner skips its content.
                if matches!(token, Token::Array) {
                    let depth = scanner.depth();
                    scanner.look_to(depth.saturating_sub(1));
                }
                return Ok(());
            }
        };
        if token != Token::Text {
            self.texts.keep_none(slot, None);
            return Ok(());
        }
        match scanner.text(raw) {
            Ok(text) => self.texts.keep(slot, text),
            Err(why) => self.texts.keep_none(slot, Some(why)),
        }
        Ok(())
    }

    /// Keeps the `id` of the message. An id that is too long to be repeated in a response counts as missing.
    fn id_is(&mut self, scanner: &Scanner, token: Token, raw: Raw<'_>) {
        if !matches!(token, Token::Text | Token::Number) {
            return;
        }
        self.is_text_id = token == Token::Text;
        if let Ok(text) = scanner.text(raw)
            && text.len() <= LONGEST_ID
        {
            self.texts.keep(Slot::Id, text);
        }
    }

    /// Returns the message that has ended; `None` if it is a response.
    fn message(&self) -> Result<Option<Message<'_>>, MessageError> {
        let has_outcome = self.had.has(Member::RESULT) || self.had.has(Member::ERROR);
        if self.had.has(Member::METHOD) == has_outcome {
            return Err(MessageError::NeitherKind);
        }
        if has_outcome {
            return Ok(None);
        }
        let texts = &self.texts;
        let known = texts.any(Slot::Method).and_then(|method| NAMED.iter().find(|(name, _)| *name == method));
        let Some((method, parameter)) = known else {
            let method = texts.get(Slot::Method)?.ok_or(MessageError::Method)?;
            if NAMED.iter().any(|(name, _)| name.eq_ignore_ascii_case(method)) {
                return Err(MessageError::MethodCase);
            }
            let names = [texts.get(Slot::Name)?.map(Name::Name), texts.get(Slot::Uri)?.map(Name::Uri)];
            return Ok(Some(Message { method, names }));
        };
        let names = match parameter {
            Parameter::Name => [texts.get(Slot::Name)?.map(Name::Name), None],
            Parameter::Uri => [texts.get(Slot::Uri)?.map(Name::Uri), None],
            Parameter::Ref => [
                texts.get(Slot::RefName)?.map(Name::OfPrompt),
                texts.get(Slot::RefUri)?.map(Name::OfResource),
            ],
        };
        if matches!(names, [None, None]) {
            return Err(MessageError::Parameter(match parameter {
                Parameter::Name => "name",
                Parameter::Uri => "uri",
                Parameter::Ref => "ref",
            }));
        }
        Ok(Some(Message { method, names }))
    }
}
