import { isString, quote, textOf, Walk, whole } from "./json";

/** A JSON object whose members keep their order and the spelling of their values. Values are JSON text. */
export class Members {
  keys: string[] = []; // without quotes, escapes left as they are
  values: string[] = [];

  /** What is no object has no members. */
  static of(json: string | null): Members {
    const members = new Members();
    if (json === null) return members;
    const walk = Walk.members(json, whole(json));
    while (walk.next()) {
      members.keys.push(walk.key);
      members.values.push(walk.value.of(json));
    }
    return members;
  }

  get size(): i32 {
    return this.keys.length;
  }

  /** Null where there is no such member. */
  get(key: string): string | null {
    const at = this.keys.indexOf(escaped(key));
    return at < 0 ? null : this.values[at];
  }

  /** The text of a member; empty where it is absent or no text. */
  text(key: string): string {
    return textIn(this.get(key));
  }

  /** Replaces a member where it stands, or appends it. */
  set(key: string, json: string): void {
    const name = escaped(key);
    const at = this.keys.indexOf(name);
    if (at >= 0) {
      this.values[at] = json;
    } else {
      this.keys.push(name);
      this.values.push(json);
    }
  }

  remove(at: i32): void {
    this.keys.splice(at, 1);
    this.values.splice(at, 1);
  }

  toString(): string {
    const parts = new Array<string>(this.size);
    for (let i = 0; i < this.size; i++) parts[i] = `"${this.keys[i]}":${this.values[i]}`;
    return "{" + parts.join(",") + "}";
  }

  /** Null where there is nothing: the gateway then keeps the bytes that it has. */
  orNull(): string {
    return this.size == 0 ? "null" : this.toString();
  }
}

/** The elements of an array as JSON text; none for anything else. */
export function elementsOf(json: string | null): string[] {
  const elements: string[] = [];
  if (json === null) return elements;
  const walk = Walk.elements(json, whole(json));
  while (walk.next()) elements.push(walk.value.of(json));
  return elements;
}

/** The text that a JSON string stands for; empty for anything else. */
export function textIn(json: string | null): string {
  return json !== null && isText(json) ? textOf(json, whole(json)) : "";
}

export function isText(json: string): bool {
  return isString(json, whole(json));
}

export function isOpen(json: string | null, bracket: string): bool {
  return json !== null && json.startsWith(bracket);
}

function escaped(key: string): string {
  const quoted = quote(key);
  return quoted.substring(1, quoted.length - 1);
}
