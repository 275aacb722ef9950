import { Edit } from "./chat";
import { Completion } from "./completion";
import { Context } from "./context";
import { elementsOf, Members, textIn } from "./members";

/** What becomes of an event of a stream. */
export enum Fate {
  /** It is sent, with your changes. */
  Send,
  /** It is not sent, and the plug-ins that would come after do not see it. */
  Drop,
}

/** An event of a stream: a chunk of a completion, and what was said before it. */
export class Chunk {
  readonly completion: Completion;
  private windows: string[];

  constructor(chunk: string | null, window: string | null) {
    this.completion = new Completion(chunk);
    this.windows = elementsOf(window);
  }

  /**
   * What the model said in a choice before this chunk, or the end of that: as many characters as `window` of the plug-in's entry says. Empty
   * without that option.
   */
  window(choice: i32): string {
    for (let i = 0; i < this.windows.length; i++) {
      const window = Members.of(this.windows[i]);
      const index = window.get("index");
      if (index !== null && <i32>parseInt(index) == choice) return textIn(window.get("text"));
    }
    return "";
  }

  /**
   * Keeps the last `keep` characters of each choice back until more text or the end has come, so that `edit` sees a word whole that the
   * provider cut in two. With `keep` one less than the longest word no part of a word is sent before `edit` has seen all of it. What is held
   * stays in the context, under `held` with the choice's number.
   *
   * `edit` must leave alone what it has put in: held text comes by again.
   */
  holdBack(context: Context, held: string, keep: i32, edit: Edit): void {
    const choices = this.completion.choices;
    for (let i = 0; i < choices.length; i++) {
      const choice = choices[i];
      const key = held + "_" + choice.index.toString();
      const before = choice.text;
      const tail = context.text(key);
      const text = edit.edit(tail + before);
      const end = choice.finishReason.length > 0 ? text.length : startOfLast(text, keep);
      if (tail.length > 0 || end < text.length) context.setText(key, text.substring(end));
      const released = text.substring(0, end);
      if (released == before) continue;
      choice.text = released;
      this.completion.choices = choices;
    }
  }
}

/** Where the last `count` characters of `text` start; one that takes two units stays whole. */
function startOfLast(text: string, count: i32): i32 {
  let at = text.length;
  for (let left = count; left > 0 && at > 0; left--) {
    at--;
    if (at > 0 && (text.charCodeAt(at) & 0xfc00) == 0xdc00) at--;
  }
  return at;
}
