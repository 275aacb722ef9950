import { Edit, Message } from "./chat";
import { quote } from "./json";
import { elementsOf, isOpen, Members, textIn } from "./members";

/** A chat completion, or one chunk of it. */
export class Completion {
  private members: Members;
  private changed: Members = new Members();
  private kept: Choice[] = [];
  private choicesChanged: bool = false;

  /** `own`: made here, so all of it goes to the gateway. */
  constructor(
    json: string | null,
    private own: bool = false,
  ) {
    this.members = Members.of(json);
    const elements = elementsOf(this.members.get("choices"));
    for (let i = 0; i < elements.length; i++) this.kept.push(new Choice(elements[i]));
  }

  /** A completion of your own with one choice. */
  static saying(model: string, text: string): Completion {
    const choice = `{"index":0,"message":{"role":"assistant","content":${quote(text)}},"finish_reason":"stop"}`;
    const head = `{"id":"chatcmpl-plugin","object":"chat.completion","created":0,"model":${quote(model)}`;
    return new Completion(`${head},"choices":[${choice}]}`, true);
  }

  get model(): string {
    return textIn(this.get("model"));
  }

  /** Whether it is an event of a stream: its choices then hold deltas. */
  get isChunk(): bool {
    return textIn(this.get("object")) == "chat.completion.chunk";
  }

  get choices(): Choice[] {
    return this.kept;
  }

  /** Replaces the choices; also what tells the completion that one of them changed. */
  set choices(choices: Choice[]) {
    this.kept = choices;
    this.choicesChanged = true;
  }

  /** Edits what the model said, in all choices; true where something changed. */
  editTexts(edit: Edit): bool {
    let changed = false;
    for (let i = 0; i < this.kept.length; i++) {
      if (this.kept[i].editTexts(edit)) changed = true;
    }
    if (changed) this.choicesChanged = true;
    return changed;
  }

  /** The JSON of any member, such as usage; null where there is none. */
  get(key: string): string | null {
    const changed = this.changed.get(key);
    return changed !== null ? changed : this.members.get(key);
  }

  set(key: string, json: string): void {
    this.changed.set(key, json);
  }

  /** All of it, because an answer of nothing but empty texts would count as none; "null" where nothing changed. */
  changes(): string {
    if (!this.own && !this.choicesChanged && this.changed.size == 0) return "null";
    const result = this.members;
    for (let i = 0; i < this.changed.size; i++) result.set(this.changed.keys[i], this.changed.values[i]);
    if (this.choicesChanged) {
      const texts = new Array<string>(this.kept.length);
      for (let i = 0; i < texts.length; i++) texts[i] = this.kept[i].toString();
      result.set("choices", "[" + texts.join(",") + "]");
    }
    return result.toString();
  }
}

/** One choice of a completion. */
export class Choice {
  private members: Members;

  constructor(json: string) {
    this.members = Members.of(json);
  }

  get index(): i32 {
    const index = this.members.get("index");
    return index === null ? 0 : <i32>parseInt(index);
  }

  /** Empty as long as the choice goes on. */
  get finishReason(): string {
    return textIn(this.members.get("finish_reason"));
  }

  /** What it says, whole or in this chunk. */
  get text(): string {
    return new Message(this.members.get(this.part)).text;
  }

  /** Assigning `choices` of the completion tells it of the change. */
  set text(text: string) {
    const message = new Message(this.members.get(this.part));
    message.text = text;
    this.members.set(this.part, message.toString());
  }

  /** The JSON of any member; null where there is none. */
  get(key: string): string | null {
    return this.members.get(key);
  }

  editTexts(edit: Edit): bool {
    const message = new Message(this.members.get(this.part));
    if (!message.editTexts(edit)) return false;
    this.members.set(this.part, message.toString());
    return true;
  }

  toString(): string {
    return this.members.toString();
  }

  private get part(): string {
    return isOpen(this.members.get("message"), "{") ? "message" : "delta";
  }
}

/** What the provider said: put a response in the place of an error to recover, or an error in the place of a response to refuse it. */
export class Outcome {
  /** Null where there is an error. */
  response: Completion | null = null;
  /** The error's JSON; null where there is a response. */
  error: string | null = null;

  recover(response: Completion): void {
    this.response = response;
    this.error = null;
  }

  refuse(status: i32, kind: string, message: string): void {
    this.response = null;
    this.error = errorJson(status, kind, message);
  }
}

/** What is answered without a provider being asked. */
export class ShortCircuit {
  private constructor(readonly json: string) {}

  static response(completion: Completion): ShortCircuit {
    return new ShortCircuit(`{"response":{"chat_response":${completion.changes()}}}`);
  }

  /** An error in OpenAI's shape. */
  static error(status: i32, kind: string, message: string): ShortCircuit {
    return new ShortCircuit(`{"error":${errorJson(status, kind, message)}}`);
  }
}

function errorJson(status: i32, kind: string, message: string): string {
  return `{"status_code":${status},"error":{"message":${quote(message)},"type":${quote(kind)}}}`;
}
