//! Standard base64 with padding, as the gateway sends bodies.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const INVALID: u8 = 0x80;

/// The value of each letter; `INVALID` for all others.
const VALUES: [u8; 256] = {
    let mut values = [INVALID; 256];
    let mut value = 0;
    while value < 64 {
        values[LETTERS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// `None` when `text` is not base64.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let letters = &text[..text.len() - padding];
    if padding > 2 || letters.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(letters.len() / 4 * 3 + 3);
    let mut invalid = 0;
    let mut quads = letters.chunks_exact(4);
    for quad in &mut quads {
        let [a, b, c, d] = [quad[0], quad[1], quad[2], quad[3]].map(|byte| VALUES[usize::from(byte)]);
        invalid |= a | b | c | d;
        out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
    }
    if let [a, b, rest @ ..] = quads.remainder() {
        let [a, b] = [*a, *b].map(|byte| VALUES[usize::from(byte)]);
        invalid |= a | b;
        out.push(a << 2 | b >> 4);
        if let Some(c) = rest.first().map(|byte| VALUES[usize::from(*byte)]) {
            invalid |= c;
            out.push(b << 4 | c >> 2);
        }
    }
    (invalid & INVALID == 0).then_some(out)
}

pub fn encode(out: &mut Vec<u8>, bytes: &[u8]) {
    for group in bytes.chunks(3) {
        let all = group.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= group.len() { letter } else { b'=' });
        }
    }
}
