// JSON by pieces of text: finds members and elements and leaves all that nobody changes as it was.
//
// AssemblyScript has no exceptions to catch: a parser that meets bad JSON in the middle would trap and cost the request.
// Here what is no JSON simply has no members.

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;
const COMMA: i32 = 0x2c;
const COLON: i32 = 0x3a;
const OPEN_OBJECT: i32 = 0x7b;
const CLOSE_OBJECT: i32 = 0x7d;
const OPEN_ARRAY: i32 = 0x5b;
const CLOSE_ARRAY: i32 = 0x5d;

/** A value inside a text. */
export class Slice {
  constructor(
    public start: i32,
    public end: i32,
  ) {}

  of(text: string): string {
    return text.substring(this.start, this.end);
  }
}

/** Goes through the members of an object or the elements of an array, in order. */
export class Walk {
  /** The inside of the member's key; escapes are left as they are. */
  key: string = "";
  value: Slice = new Slice(0, 0);
  private at: i32;

  private constructor(
    private text: string,
    private end: i32,
    found: bool,
    start: i32,
    private keyed: bool,
  ) {
    this.at = found ? skipSpace(text, start + 1) : end;
  }

  static members(text: string, whole: Slice): Walk {
    return Walk.open(text, whole, OPEN_OBJECT, true);
  }

  static elements(text: string, whole: Slice): Walk {
    return Walk.open(text, whole, OPEN_ARRAY, false);
  }

  private static open(text: string, whole: Slice, bracket: i32, keyed: bool): Walk {
    const start = skipSpace(text, whole.start);
    return new Walk(text, whole.end, start < whole.end && text.charCodeAt(start) == bracket, start, keyed);
  }

  next(): bool {
    if (this.keyed && !this.readKey()) return false;
    const end = this.at < this.end ? skipValue(this.text, this.at) : -1;
    if (end < 0 || end > this.end) return false;
    this.value = new Slice(this.at, end);
    this.at = skipSpace(this.text, end);
    if (this.at < this.end && this.text.charCodeAt(this.at) == COMMA) this.at = skipSpace(this.text, this.at + 1);
    return true;
  }

  /** Whether the walk went through all of a well-formed object that ends the text. */
  ended(): bool {
    return (
      this.at < this.end &&
      this.text.charCodeAt(this.at) == CLOSE_OBJECT &&
      skipSpace(this.text, this.at + 1) == this.end
    );
  }

  private readKey(): bool {
    if (this.at >= this.end || this.text.charCodeAt(this.at) != QUOTE) return false;
    const end = skipString(this.text, this.at);
    if (end < 0 || end >= this.end) return false;
    const colon = skipSpace(this.text, end);
    if (colon >= this.end || this.text.charCodeAt(colon) != COLON) return false;
    this.key = this.text.substring(this.at + 1, end - 1);
    this.at = skipSpace(this.text, colon + 1);
    return true;
  }
}

export function whole(text: string): Slice {
  return new Slice(0, text.length);
}

/** The value of a member of the object in `place`; null when there is none. */
export function member(text: string, place: Slice, key: string): Slice | null {
  const walk = Walk.members(text, place);
  while (walk.next()) {
    if (walk.key == key) return walk.value;
  }
  return null;
}

/** Whether the text is one whole JSON object; what is inside its values is not looked at. */
export function isObject(text: string): bool {
  const walk = Walk.members(text, whole(text));
  while (walk.next()) {}
  return walk.ended();
}

export function isString(text: string, value: Slice): bool {
  return value.end - value.start >= 2 && text.charCodeAt(value.start) == QUOTE;
}

export function isArray(text: string, value: Slice): bool {
  return text.charCodeAt(value.start) == OPEN_ARRAY;
}

/** The text that a JSON string stands for. */
export function textOf(json: string, value: Slice): string {
  return unescape(json.substring(value.start + 1, value.end - 1));
}

/** Undoes the escapes of JSON; works on a whole document too, because outside of strings there are none. */
export function unescape(text: string): string {
  let at = text.indexOf("\\");
  if (at < 0) return text;
  let out = "";
  let copied = 0;
  while (at >= 0 && at + 1 < text.length) {
    out += text.substring(copied, at);
    const letter = text.charCodeAt(at + 1);
    copied = at + 2;
    if (letter == 0x75 /* u */ && at + 6 <= text.length) {
      out += String.fromCharCode(<i32>parseInt(text.substring(at + 2, at + 6), 16));
      copied = at + 6;
    } else {
      out += String.fromCharCode(control(letter));
    }
    at = text.indexOf("\\", copied);
  }
  return out + text.substring(copied);
}

/** Spells text as a JSON string. */
export function quote(text: string): string {
  let out = '"';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code != QUOTE && code != BACKSLASH) continue;
    out += text.substring(copied, i);
    copied = i + 1;
    if (code >= 0x20) out += "\\" + String.fromCharCode(code);
    else out += "\\u00" + (code < 16 ? "0" : "1") + "0123456789abcdef".charAt(code & 15);
  }
  return out + text.substring(copied) + '"';
}

function control(letter: i32): i32 {
  switch (letter) {
    case 0x6e: return 0x0a; // n
    case 0x72: return 0x0d; // r
    case 0x74: return 0x09; // t
    case 0x62: return 0x08; // b
    case 0x66: return 0x0c; // f
    default: return letter;
  }
}

function skipSpace(text: string, start: i32): i32 {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code != 0x20 && code != 0x0a && code != 0x0d && code != 0x09) break;
  }
  return at;
}

/** The end of the value that starts at `start`; -1 when there is none. */
function skipValue(text: string, start: i32): i32 {
  const first = text.charCodeAt(start);
  if (first == QUOTE) return skipString(text, start);
  if (first == OPEN_OBJECT || first == OPEN_ARRAY) return skipNested(text, start);
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code == COMMA || code == COLON || code == CLOSE_OBJECT || code == CLOSE_ARRAY || code <= 0x20) break;
  }
  return at == start ? -1 : at;
}

function skipString(text: string, start: i32): i32 {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code == QUOTE) return at + 1;
    if (code == BACKSLASH) at++;
  }
  return -1;
}

function skipNested(text: string, start: i32): i32 {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code == QUOTE) {
      at = skipString(text, at) - 1;
      if (at < 0) return -1;
    } else if (code == OPEN_OBJECT || code == OPEN_ARRAY) {
      depth++;
    } else if (code == CLOSE_OBJECT || code == CLOSE_ARRAY) {
      if (--depth == 0) return at + 1;
    }
  }
  return -1;
}
