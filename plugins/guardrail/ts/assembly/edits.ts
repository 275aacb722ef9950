// Changes to a text, collected first and made in one pass, so that all that is not changed is copied as it was.

import { Slice, Walk, isString, member, quote, textOf } from "../../../sdk/ts/json";
import { maskAddresses } from "./rules";

export class Edits {
  private places: Slice[] = [];
  private texts: string[] = [];

  constructor(private text: string) {}

  get isEmpty(): bool {
    return this.places.length == 0;
  }

  /** Puts `text` in the place of a slice that no other change touches. */
  replace(place: Slice, text: string): void {
    let index = this.places.length;
    while (index > 0 && this.places[index - 1].start > place.start) index--;
    insert(this.places, index, place);
    insert(this.texts, index, text);
  }

  /** The part of the text that `whole` is, with its changes. */
  apply(whole: Slice): string {
    let out = "";
    let copied = whole.start;
    for (let i = 0; i < this.places.length; i++) {
      out += this.text.substring(copied, this.places[i].start) + this.texts[i];
      copied = this.places[i].end;
    }
    return out + this.text.substring(copied, whole.end);
  }

  /** Masks the addresses in what the model said: `message`, `delta` or `text` of each choice. */
  maskChoices(response: Slice): void {
    const choices = member(this.text, response, "choices");
    if (choices === null) return;
    const walk = Walk.elements(this.text, choices);
    while (walk.next()) {
      const parts = Walk.members(this.text, walk.value);
      while (parts.next()) {
        if (parts.key == "message" || parts.key == "delta") this.maskContent(parts.value);
        else if (parts.key == "text") this.maskText(parts.value);
      }
    }
  }

  /** `content` is a string or a list of blocks with a `text` each. */
  private maskContent(message: Slice): void {
    const content = member(this.text, message, "content");
    if (content === null) return;
    this.maskText(content);
    const blocks = Walk.elements(this.text, content);
    while (blocks.next()) {
      const text = member(this.text, blocks.value, "text");
      if (text !== null) this.maskText(text);
    }
  }

  private maskText(value: Slice): void {
    if (!isString(this.text, value)) return;
    const text = textOf(this.text, value);
    const masked = maskAddresses(text);
    if (masked != text) this.replace(value, quote(masked));
  }
}

function insert<T>(list: T[], index: i32, value: T): void {
  list.push(value);
  for (let i = list.length - 1; i > index; i--) list[i] = list[i - 1];
  list[index] = value;
}
