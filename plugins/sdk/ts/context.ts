import { quote } from "./json";
import { Members, textIn } from "./members";

/**
 * The JSON object that all hooks of all plug-ins share during one request. Keys of the gateway (request_id, bifrost-...) can be read; changes
 * to them are ignored.
 */
export class Context {
  private members: Members;
  private changed: Members = new Members();

  constructor(json: string | null) {
    this.members = Members.of(json);
  }

  get requestId(): string {
    return this.text("request_id");
  }

  /** The JSON of a member; null where there is none. */
  get(key: string): string | null {
    const changed = this.changed.get(key);
    return changed !== null ? changed : this.members.get(key);
  }

  /** Empty where the member is absent or no text. */
  text(key: string): string {
    return textIn(this.get(key));
  }

  /** `json` is the JSON of the value: "true", "12", `{"a":1}`. */
  set(key: string, json: string): void {
    const present = this.get(key);
    if (present === null || present != json) this.changed.set(key, json);
  }

  setText(key: string, text: string): void {
    this.set(key, quote(text));
  }

  /** Only what changed: the gateway merges key by key. */
  changes(): string {
    return this.changed.toString();
  }
}
