//! Forms with a file: how they travel (RFC 7578), the same from a page that is alive as from a plain one.
//!
//! What divides the parts is taken from the first line of the body, which is there in whatever a browser sends: a label
//! that does not name it, or names another, breaks nothing.

use bytes::Bytes;
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post};

/// How a server function takes a form with a file. Its arguments say by [`FromUpload`] which fields there are, and it
/// derives the least that the macro takes: `#[server(endpoint = "…", input = Upload, input_derive = (Clone,))]`.
pub type Upload = Post<Multipart>;

/// The parts of a form, each a field or a file.
#[derive(Debug)]
pub struct Multipart;

/// The fields and files of a form that are not taken yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts(Vec<(String, Vec<u8>)>);

/// What a form with a file becomes.
pub trait FromUpload: Sized {
    /// Takes what it needs.
    ///
    /// # Errors
    /// If something is missing or does not make sense.
    fn from_upload(parts: &mut Parts) -> Result<Self, UploadError>;
}

/// Why a form with a file cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// It is not divided as it should be.
    #[error("the form breaks off or is not divided into parts")]
    NoParts,
    /// A part has no name, or one that is there already.
    #[error("a part of the form has no name of its own")]
    Unnamed,
    /// A field is missing, or is no text, or does not make sense.
    #[error("a field of the form is missing or has a value that it cannot have")]
    Unfit,
    /// There is something that nobody asked for.
    #[error("the form has a field that is not known")]
    Unknown,
    /// It was to be sent by code: a file is chosen in a form, which sends itself.
    #[error("a form with a file sends itself")]
    Unsent,
}

/// The longest line between parts (RFC 2046, 5.1.1).
const BOUNDARY: usize = 70;
/// The most parts of a form: several times what any of ours has.
const PARTS: usize = 16;

impl Parts {
    /// Takes the content of a file or of a field; an empty one if no file was chosen.
    ///
    /// # Errors
    /// If there is no such part.
    pub fn file(&mut self, name: &str) -> Result<Vec<u8>, UploadError> {
        let at = self.0.iter().position(|(part, _)| part == name).ok_or(UploadError::Unfit)?;
        Ok(self.0.swap_remove(at).1)
    }

    /// Takes a field, for its type to make sense of.
    ///
    /// # Errors
    /// If there is no such part, or it does not make sense.
    pub fn field<T: std::str::FromStr>(&mut self, name: &str) -> Result<T, UploadError> {
        let text = String::from_utf8(self.file(name)?).map_err(|_| UploadError::Unfit)?;
        text.parse().map_err(|_| UploadError::Unfit)
    }

    /// Takes a form apart.
    fn read(form: &[u8]) -> Result<Self, UploadError> {
        let first = find(form, b"\r\n").and_then(|end| form.get(..end)).ok_or(UploadError::NoParts)?;
        if !first.starts_with(b"--") || first.len() > 2 + BOUNDARY || first.len() == 2 {
            return Err(UploadError::NoParts);
        }
        let between = [b"\r\n", first].concat();
        let mut parts = Self::default();
        let mut rest = form.get(first.len()..).unwrap_or_default();
        // After the last part two dashes follow what divides them.
        while let Some(begun) = rest.strip_prefix(b"\r\n") {
            let end = find(begun, &between).ok_or(UploadError::NoParts)?;
            let (part, after) = begun.split_at(end);
            parts.add(part)?;
            rest = after.get(between.len()..).unwrap_or_default();
        }
        if rest.starts_with(b"--") { Ok(parts) } else { Err(UploadError::NoParts) }
    }

    fn add(&mut self, part: &[u8]) -> Result<(), UploadError> {
        let head_end = find(part, b"\r\n\r\n").ok_or(UploadError::NoParts)?;
        let (head, content) = part.split_at(head_end);
        let name = name(head).ok_or(UploadError::Unnamed)?;
        if self.0.iter().any(|(other, _)| *other == name) {
            return Err(UploadError::Unnamed);
        }
        if self.0.len() == PARTS {
            return Err(UploadError::Unknown);
        }
        self.0.push((name, content.get(4..).unwrap_or_default().to_vec()));
        Ok(())
    }
}

/// The name of a part, by its head.
fn name(head: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(head).ok()?;
    let (_, value) = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(field, _)| field.trim().eq_ignore_ascii_case("content-disposition"))?;
    let named = value.split(';').find_map(|piece| piece.trim().strip_prefix("name=\""))?;
    named.strip_suffix('"').map(str::to_owned)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|here| here == wanted)
}

impl ContentType for Multipart {
    const CONTENT_TYPE: &'static str = "multipart/form-data";
}

impl FormatType for Multipart {
    const FORMAT_TYPE: Format = Format::Binary;
}

impl<T> Encodes<T> for Multipart {
    type Error = UploadError;

    fn encode(_: &T) -> Result<Bytes, UploadError> {
        Err(UploadError::Unsent)
    }
}

impl<T: FromUpload> Decodes<T> for Multipart {
    type Error = UploadError;

    fn decode(form: Bytes) -> Result<T, UploadError> {
        let mut parts = Parts::read(&form)?;
        let taken = T::from_upload(&mut parts)?;
        if parts.0.is_empty() { Ok(taken) } else { Err(UploadError::Unknown) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq)]
    struct Given {
        number: u32,
        file: Vec<u8>,
    }

    impl FromUpload for Given {
        fn from_upload(parts: &mut Parts) -> Result<Self, UploadError> {
            Ok(Self { number: parts.field("number")?, file: parts.file("file")? })
        }
    }

    fn part(name: &str, content: &[u8]) -> Vec<u8> {
        let head =
            format!("Content-Type: x/y\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a;b\"\r\n\r\n");
        [b"--=_x\r\n", head.as_bytes(), content, b"\r\n"].concat()
    }

    fn form(parts: &[Vec<u8>]) -> Vec<u8> {
        [&parts.concat()[..], b"--=_x--\r\n"].concat()
    }

    fn decode(form: Vec<u8>) -> Result<Given, UploadError> {
        Multipart::decode(Bytes::from(form))
    }

    #[test]
    fn fields_and_files_arrive_byte_for_byte() {
        let file = b"\r\n--=_ \r\n\r\n--\0\xff--=_x\r".to_vec();
        let sent = form(&[part("number", b"7"), part("file", &file)]);
        assert_eq!(decode(sent), Ok(Given { number: 7, file }));
        assert_eq!(decode(form(&[part("file", b""), part("number", b"7")])), Ok(Given { number: 7, file: Vec::new() }));
    }

    #[test]
    fn what_is_missing_twice_there_or_not_known_is_refused() {
        let (number, file) = (part("number", b"7"), part("file", b"x"));
        assert_eq!(decode(form(std::slice::from_ref(&number))), Err(UploadError::Unfit));
        assert_eq!(decode(form(&[part("number", b"seven"), file.clone()])), Err(UploadError::Unfit));
        assert_eq!(decode(form(&[part("number", b"\xff"), file.clone()])), Err(UploadError::Unfit));
        assert_eq!(decode(form(&[number.clone(), file.clone(), number.clone()])), Err(UploadError::Unnamed));
        assert_eq!(decode(form(&[number, file, part("more", b"")])), Err(UploadError::Unknown));
        let many: Vec<_> = (0..100).map(|at| part(&at.to_string(), b"")).collect();
        assert_eq!(decode(form(&many)), Err(UploadError::Unknown));
    }

    #[test]
    fn what_is_no_form_is_refused_wherever_it_breaks_off() {
        let whole = form(&[part("number", b"7"), part("file", b"x")]);
        for end in 0..whole.len() - 4 {
            assert!(decode(whole[..end].to_vec()).is_err(), "{end}");
        }
        let long = format!("--{}\r\n", "x".repeat(BOUNDARY + 1));
        for nonsense in [&b""[..], b"\r\n", b"--\r\n", b"a=b", b"{}", b"--x\r\n\r\n--x--", long.as_bytes()] {
            assert_eq!(decode(nonsense.to_vec()), Err(UploadError::NoParts), "{nonsense:?}");
        }
        assert_eq!(decode(b"--x\r\nA: b\r\n\r\n\r\n--x--".to_vec()), Err(UploadError::Unnamed));
    }
}
