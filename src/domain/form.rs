//! Forms: how what is asked of a server function travels, from a page that is alive as from a plain one.
//!
//! The framework's own encoding passes over fields that it does not know. Here such a request is refused: whoever
//! mistypes a field learns of it, and nothing is done that was not meant. A form is flat; a value is text that its field
//! has to make sense of. An empty value of a field that may be left out stands for one that was: plain forms send all of
//! their fields.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use percent_encoding::percent_decode;
use serde::{
    Deserializer, Serialize,
    de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor},
    forward_to_deserialize_any,
};
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post};

use crate::texts::form as texts;

/// How server functions take their arguments.
pub type Form = Post<StrictForm>;

/// A form without any field but those that are expected.
#[derive(Debug)]
pub struct StrictForm;

/// Begins what [`FormError`] says, by which [`AppError`](super::error::AppError) knows it among the framework's errors:
/// those arrive as text, and theirs is not for people.
pub(super) const SAYS: &str = "form: ";

/// How much of an unknown field's name is repeated, in characters.
const NAME_SHOWN: usize = 40;

/// What is wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormError {
    /// It is not text.
    NoText,
    /// It has a field that is not known; beside its name the ones that are.
    Unknown(String, &'static [&'static str]),
    /// It has a field more than once.
    Repeated(String),
    /// It lacks a field.
    Missing(&'static str),
    /// A field, once it is known which, has a value that it cannot have.
    Unfit(Option<&'static str>),
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SAYS)?;
        match self {
            Self::NoText => f.write_str(texts::NO_TEXT),
            Self::Unknown(field, known) => f.write_str(&texts::unknown(field, known)),
            Self::Repeated(field) => f.write_str(&texts::repeated(field)),
            Self::Missing(field) => f.write_str(&texts::missing(field)),
            Self::Unfit(field) => f.write_str(&texts::unfit(field.unwrap_or_default())),
        }
    }
}

impl std::error::Error for FormError {}

impl de::Error for FormError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Unfit(None)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

impl ContentType for StrictForm {
    const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";
}

impl FormatType for StrictForm {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for StrictForm {
    type Error = serde_qs::Error;

    fn encode(fields: &T) -> Result<Bytes, Self::Error> {
        serde_qs::to_string(fields).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for StrictForm {
    type Error = FormError;

    fn decode(bytes: Bytes) -> Result<T, FormError> {
        T::deserialize(Fields::read(&bytes)?)
    }
}

/// The fields of a form, by name.
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn read(form: &[u8]) -> Result<Self, FormError> {
        let mut fields = BTreeMap::new();
        for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = text(parts.next().unwrap_or_default())?;
            let value = text(parts.next().unwrap_or_default())?;
            if fields.contains_key(&name) {
                return Err(FormError::Repeated(shown(&name)));
            }
            fields.insert(name, value);
        }
        Ok(Self(fields))
    }
}

/// A name or a value, as it was before it travelled.
fn text(escaped: &[u8]) -> Result<String, FormError> {
    let spaced: Vec<u8> = escaped.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().map_err(|_| FormError::NoText)?;
    Ok(text.into_owned())
}

fn shown(name: &str) -> String {
    name.chars().take(NAME_SHOWN).collect()
}

impl<'de> Deserializer<'de> for Fields {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, FormError> {
        Err(FormError::Unfit(None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        if let Some(stranger) = self.0.keys().find(|name| !names.contains(&name.as_str())) {
            return Err(FormError::Unknown(shown(stranger), names));
        }
        visitor.visit_map(Walk { fields: self.0, names: names.iter(), current: None })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A walk through the fields, in the order in which they are expected.
struct Walk {
    fields: BTreeMap<String, String>,
    names: std::slice::Iter<'static, &'static str>,
    current: Option<(&'static str, String)>,
}

impl<'de> MapAccess<'de> for Walk {
    type Error = FormError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, FormError> {
        let fields = &mut self.fields;
        self.current = self.names.find_map(|name| Some((*name, fields.remove(*name)?)));
        self.current.as_ref().map(|(name, _)| seed.deserialize((*name).into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, FormError> {
        let (name, value) = self.current.take().ok_or(FormError::Unfit(None))?;
        seed.deserialize(Value(value)).map_err(|_| FormError::Unfit(Some(name)))
    }
}

/// The text of a field, for the field to make sense of.
struct Value(String);

/// What is written as text and read by its type.
macro_rules! parsed {
    ($($deserialize:ident $visit:ident,)*) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
            visitor.$visit(self.0.parse().map_err(|_| FormError::Unfit(None))?)
        })*
    };
}

impl<'de> Deserializer<'de> for Value {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        if self.0.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_newtype_struct(self)
    }

    parsed! {
        deserialize_bool visit_bool,
        deserialize_i8 visit_i8,
        deserialize_i16 visit_i16,
        deserialize_i32 visit_i32,
        deserialize_i64 visit_i64,
        deserialize_u8 visit_u8,
        deserialize_u16 visit_u16,
        deserialize_u32 visit_u32,
        deserialize_u64 visit_u64,
        deserialize_f32 visit_f32,
        deserialize_f64 visit_f64,
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::domain::{chat::Sharing, id::ChatId};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Fields {
        chat: ChatId,
        inside: Option<ChatId>,
        text: String,
        note: Option<String>,
        sharing: Sharing,
        archived: bool,
        cursor: u64,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Nothing {}

    const FIELDS: &[&str] = &["chat", "inside", "text", "note", "sharing", "archived", "cursor"];
    const ID: &str = "01900000-0000-7000-8000-000000000003";

    fn decode<T: DeserializeOwned>(form: &str) -> Result<T, FormError> {
        StrictForm::decode(Bytes::copy_from_slice(form.as_bytes()))
    }

    fn refused(form: &str) -> FormError {
        decode::<Fields>(form).unwrap_err()
    }

    #[test]
    fn what_is_sent_arrives() {
        let sent = Fields {
            chat: ID.parse().unwrap(),
            inside: Some(ChatId::new()),
            text: "a+b & c=d\r\n語%41[0]".to_owned(),
            note: None,
            sharing: Sharing::Write,
            archived: true,
            cursor: u64::MAX,
        };
        assert_eq!(StrictForm::decode(StrictForm::encode(&sent).unwrap()), Ok(sent));
        assert_eq!(StrictForm::decode(StrictForm::encode(&Nothing {}).unwrap()), Ok(Nothing {}));
    }

    #[test]
    fn in_a_plain_form_what_may_be_left_out_is_empty_and_a_text_may_be() {
        let form = format!("chat={ID}&inside=&text=&note=&sharing=read&archived=false&cursor=0");
        let fields: Fields = decode(&form).unwrap();
        assert_eq!((fields.inside, fields.text.as_str(), fields.note), (None, "", None));
        let form = format!("archived=false&&cursor=0&sharing=read&text=a+b&chat={ID}");
        assert_eq!(decode::<Fields>(&form).unwrap().text, "a b");
    }

    #[test]
    fn a_field_that_is_not_known_is_refused_wherever_it_stands() {
        assert_eq!(decode::<Nothing>("more=1"), Err(FormError::Unknown("more".to_owned(), &[])));
        assert_eq!(decode::<Nothing>("=1"), Err(FormError::Unknown(String::new(), &[])));
        let stranger = |name: &str| FormError::Unknown(name.to_owned(), FIELDS);
        let form = format!("chat={ID}&text=&sharing=read&archived=false&cursor=0");
        assert!(decode::<Fields>(&form).is_ok());
        assert_eq!(refused(&format!("{form}&text[a]=1")), stranger("text[a]"));
        assert_eq!(refused(&format!("Text=1&{form}")), stranger("Text"));
        let deep = "a[b]".repeat(10_000);
        assert_eq!(refused(&format!("{form}&{deep}=1")), stranger(&"a[b]".repeat(10)));
    }

    #[test]
    fn what_is_missing_twice_there_or_unfit_is_named() {
        let form = format!("chat={ID}&text=&sharing=read&archived=false");
        assert_eq!(refused(&form), FormError::Missing("cursor"));
        assert_eq!(refused(&format!("{form}&cursor=0&text=")), FormError::Repeated("text".to_owned()));
        for cursor in ["", "-1", "one", "1.5", "99999999999999999999999999", "null"] {
            assert_eq!(refused(&format!("{form}&cursor={cursor}")), FormError::Unfit(Some("cursor")));
        }
        let form = format!("chat={ID}&text=&archived=false&cursor=0&sharing=everybody");
        assert_eq!(refused(&form), FormError::Unfit(Some("sharing")));
        assert_eq!(refused(&form.replace(ID, "null")), FormError::Unfit(Some("chat")));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for form in [&b"text=%FF"[..], b"%C0%80=1", b"text=\xff\xfe"] {
            assert_eq!(StrictForm::decode(Bytes::copy_from_slice(form)), Err::<Nothing, _>(FormError::NoText));
        }
    }
}
