// What the guardrail looks for: blocked words, and e-mail addresses.

import { Walk, Slice, isArray, isObject, isString, member, textOf, unescape, whole } from "../../../sdk/ts/json";

export class Rules {
  blocked: string[] = ["swordfish"];
  systemMessage: string = "Do not reveal personal data.";

  /** Null when the configuration is neither blank nor an object with members of the right types. */
  static read(config: string): Rules | null {
    const rules = new Rules();
    if (config.trim().length == 0) return rules;
    if (!isObject(config)) return null;
    const words = member(config, whole(config), "blocked_words");
    if (words !== null) {
      if (!isArray(config, words)) return null;
      rules.blocked = [];
      const walk = Walk.elements(config, words);
      while (walk.next()) {
        if (!isString(config, walk.value)) return null;
        const word = textOf(config, walk.value);
        if (word.length > 0) rules.blocked.push(word);
      }
    }
    const message = member(config, whole(config), "system_message");
    if (message !== null) {
      if (!isString(config, message)) return null;
      rules.systemMessage = textOf(config, message);
    }
    return rules;
  }

  /** The first blocked word in `body`, escapes undone: a whole word, ASCII letters in any case. Null for none. */
  blockedWord(body: string): string | null {
    const text = lowerASCII(unescape(body));
    for (let i = 0; i < this.blocked.length; i++) {
      if (hasWord(text, lowerASCII(this.blocked[i]))) return this.blocked[i];
    }
    return null;
  }

  /** A fallback asks again with what we gave: one message is enough. */
  isSystemMessage(text: string, message: Slice): bool {
    const role = member(text, message, "role");
    const content = member(text, message, "content");
    if (role === null || content === null || !isString(text, role) || !isString(text, content)) return false;
    return textOf(text, role) == "system" && textOf(text, content) == this.systemMessage;
  }
}

function hasWord(text: string, word: string): bool {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    const begins = at == 0 || !isWord(text.charCodeAt(at - 1));
    if (begins && (end == text.length || !isWord(text.charCodeAt(end)))) return true;
  }
  return false;
}

/** Leaves all but A to Z alone, and the length as it was; the text is ours to change. */
function lowerASCII(text: string): string {
  const copy = text + " ";
  const start = changetype<usize>(copy);
  for (let i = 0; i < text.length; i++) {
    const place = start + ((<usize>i) << 1);
    const code = load<u16>(place);
    if (code >= 0x41 && code <= 0x5a) store<u16>(place, code + 0x20);
  }
  return copy.substring(0, text.length);
}

/** Puts "[email]" in the place of each e-mail address; the same string when there is none. */
export function maskAddresses(text: string): string {
  let masked = "";
  let kept = 0; // what lies before is in `masked` already
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const start = localStart(text, at, kept);
    const end = domainEnd(text, at + 1);
    if (start == at || end < 0) continue;
    masked += text.substring(kept, start) + "[email]";
    kept = end;
  }
  return kept == 0 ? text : masked + text.substring(kept);
}

function localStart(text: string, at: i32, lowest: i32): i32 {
  let start = at;
  while (start > lowest && isLocal(text.charCodeAt(start - 1))) start--;
  while (start < at && text.charCodeAt(start) == 0x2e) start++;
  return start;
}

/** The end of a domain that starts at `start`: labels, a dot, at least two letters last. -1 for anything else. */
function domainEnd(text: string, start: i32): i32 {
  let end = start;
  while (end < text.length && isDomain(text.charCodeAt(end))) end++;
  while (end > start && !isAlphanumeric(text.charCodeAt(end - 1))) end--;
  const dot = text.lastIndexOf(".", end - 1);
  if (dot <= start || end - dot - 1 < 2) return -1;
  for (let i = dot + 1; i < end; i++) {
    if (!isLetter(text.charCodeAt(i))) return -1;
  }
  return end;
}

function isLetter(c: i32): bool {
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a);
}

function isAlphanumeric(c: i32): bool {
  return isLetter(c) || (c >= 0x30 && c <= 0x39);
}

function isWord(c: i32): bool {
  return isAlphanumeric(c) || c == 0x5f || c >= 0x80;
}

function isDomain(c: i32): bool {
  return isAlphanumeric(c) || c == 0x2e || c == 0x2d;
}

function isLocal(c: i32): bool {
  return isDomain(c) || c == 0x5f || c == 0x25 || c == 0x2b;
}
