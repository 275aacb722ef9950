// Standard base64 with padding, to and from UTF-8 text.

const LETTERS: string = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: StaticArray<u8> = valuesOfLetters();

function valuesOfLetters(): StaticArray<u8> {
  const values = new StaticArray<u8>(256).fill(0xff);
  for (let i = 0; i < LETTERS.length; i++) values[LETTERS.charCodeAt(i)] = <u8>i;
  return values;
}

/** The text of the bytes, invalid UTF-8 replaced; null when `text` is not base64. */
export function decodeText(text: string): string | null {
  let size = text.length;
  while (size > 0 && text.charCodeAt(size - 1) == 0x3d) size--;
  if (text.length - size > 2 || size % 4 == 1) return null;
  const bytes = new ArrayBuffer((size * 3) / 4);
  let place = changetype<usize>(bytes);
  let bits: u32 = 0;
  let held = 0;
  for (let i = 0; i < size; i++) {
    const code = text.charCodeAt(i);
    const value = code < 256 ? unchecked(VALUES[code]) : <u8>0xff;
    if (value == 0xff) return null;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      store<u8>(place++, <u8>(bits >> held));
    }
  }
  return String.UTF8.decode(bytes);
}

export function encodeText(text: string): string {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text));
  let out = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    let bits: u32 = (<u32>bytes[at]) << 16;
    if (left > 1) bits |= (<u32>bytes[at + 1]) << 8;
    if (left > 2) bits |= <u32>bytes[at + 2];
    for (let i = 0; i < 4; i++) out += i <= left ? LETTERS.charAt((bits >> (18 - 6 * i)) & 63) : "=";
  }
  return out;
}
