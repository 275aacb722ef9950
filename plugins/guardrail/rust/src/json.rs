//! JSON by slices: finds members and elements in a text and leaves every byte that nobody changes as it was.
//!
//! A document tree would copy each string, reorder nothing but still respell numbers, and cost several microseconds a
//! call. The gateway sends valid JSON; what is not is noticed where the shape breaks, and answered with `None`.

/// The members of an object as (key without quotes, value), in order. Empty for anything but an object.
pub fn members(text: &[u8]) -> Members<'_> {
    Members { list: List::open(text, b'{') }
}

/// The elements of an array, in order. Empty for anything but an array.
pub fn elements(text: &[u8]) -> Elements<'_> {
    Elements { list: List::open(text, b'[') }
}

/// The value of `key` in an object. Keys with escapes are not found: no key that we look for needs one.
pub fn member<'a>(text: &'a [u8], key: &str) -> Option<&'a [u8]> {
    members(text).find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| value)
}

/// Whether `text` is one whole JSON object; what is inside its values is not looked at.
pub fn is_object(text: &[u8]) -> bool {
    let mut all = members(text);
    while all.next().is_some() {}
    text.get(all.list.at) == Some(&b'}') && skip_space(text, all.list.at + 1) == text.len()
}

/// The inside of a JSON string, quotes off and escapes left as they are; `None` when `value` is no string.
pub fn string(value: &[u8]) -> Option<&[u8]> {
    match value {
        [b'"', inside @ .., b'"'] => Some(inside),
        _ => None,
    }
}

/// Undoes the escapes of a string's inside. What is no escape, a lone surrogate included, becomes U+FFFD.
pub fn unescape(inside: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        let (letter, used) = unescape_one(&rest[at..]);
        let mut utf8 = [0; 4];
        out.extend_from_slice(letter.encode_utf8(&mut utf8).as_bytes());
        rest = &rest[at + used..];
    }
    out.extend_from_slice(rest);
    out
}

/// Appends `text` as a JSON string, quotes included.
pub fn quote(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

pub struct Members<'a> {
    list: List<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let key = string(self.list.value()?)?;
        self.list.at = skip_space(self.list.text, self.list.at);
        if self.list.text.get(self.list.at) != Some(&b':') {
            return None;
        }
        self.list.at = skip_space(self.list.text, self.list.at + 1);
        let value = self.list.value()?;
        self.list.comma();
        Some((key, value))
    }
}

pub struct Elements<'a> {
    list: List<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.list.value()?;
        self.list.comma();
        Some(value)
    }
}

/// A place inside an object or an array.
struct List<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> List<'a> {
    fn open(text: &'a [u8], bracket: u8) -> Self {
        let start = skip_space(text, 0);
        let found = text.get(start) == Some(&bracket);
        List { text, at: if found { skip_space(text, start + 1) } else { text.len() } }
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.at = skip_value(self.text, start)?;
        Some(&self.text[start..self.at])
    }

    fn comma(&mut self) {
        self.at = skip_space(self.text, self.at);
        if self.text.get(self.at) == Some(&b',') {
            self.at = skip_space(self.text, self.at + 1);
        }
    }
}

fn skip_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The end of the value that starts at `at`; `None` when there is none.
fn skip_value(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'"' => skip_string(text, at),
        b'{' | b'[' => skip_nested(text, at),
        b'}' | b']' | b',' | b':' => None,
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
            Some(text[at..].iter().position(ends).map_or(text.len(), |length| at + length))
        }
    }
}

fn skip_string(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += distance_to(text.get(at..)?, b'"', b'\\');
        match text.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

fn skip_nested(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'"' => {
                at = skip_string(text, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// How far away the next `one` or `other` is; the text's length when there is none.
///
/// Eight bytes a step: most of a request is the inside of strings, base64 bodies above all.
pub fn distance_to(text: &[u8], one: u8, other: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (ones, others) = (ONES * u64::from(one), ONES * u64::from(other));
    let mut words = text.chunks_exact(8);
    let mut at = 0;
    for chunk in &mut words {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        let hits = zero_bytes(word ^ ones) | zero_bytes(word ^ others);
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = words.remainder();
    at + rest.iter().position(|byte| *byte == one || *byte == other).unwrap_or(rest.len())
}

/// The character that the escape at the start of `text` stands for, and how many bytes the escape has.
fn unescape_one(text: &[u8]) -> (char, usize) {
    match text.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b'r') => ('\r', 2),
        Some(b't') => ('\t', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'u') => match (code_unit(text), text.get(6..).and_then(code_unit)) {
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
            }
            (Some(code), _) => (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            (None, _) => (char::REPLACEMENT_CHARACTER, 2),
        },
        Some(&byte) if byte.is_ascii() => (char::from(byte), 2),
        _ => (char::REPLACEMENT_CHARACTER, 1),
    }
}

/// The number in an escape of the form backslash, u, four hex digits.
fn code_unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |number, digit| Some(number * 16 + char::from(*digit).to_digit(16)?))
}
