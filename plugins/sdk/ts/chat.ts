import { quote } from "./json";
import { elementsOf, isOpen, isText, Members, textIn } from "./members";

/** What shall stand in a text's place; the same text where nothing shall change. AssemblyScript has no closures: a class is what edits. */
export interface Edit {
  edit(text: string): string;
}

/** The chat request: provider, model, messages, and everything else of the request's body as parameters. */
export class ChatRequest {
  private members: Members;
  private changed: Members = new Members();
  private kept: Message[] = [];
  private messagesChanged: bool = false;
  private wrapped: bool = false;
  /** False for a request that came without a list of messages. */
  readonly hasMessages: bool;

  constructor(json: string | null) {
    this.members = Members.of(json);
    const inner = this.members.get("chat_request");
    if (isOpen(inner, "{")) {
      this.members = Members.of(inner);
      this.wrapped = true;
    }
    const input = this.members.get("input");
    this.hasMessages = isOpen(input, "[");
    const elements = elementsOf(input);
    for (let i = 0; i < elements.length; i++) this.kept.push(new Message(elements[i]));
  }

  get provider(): string {
    return textIn(this.get("provider"));
  }

  get model(): string {
    return textIn(this.get("model"));
  }

  set model(model: string) {
    this.changed.set("model", quote(model));
  }

  get messages(): Message[] {
    return this.kept;
  }

  /** Replaces the messages; also what tells the request that one of them changed. */
  set messages(messages: Message[]) {
    this.kept = messages;
    this.messagesChanged = true;
  }

  /** Edits the texts of all messages; true where something changed. */
  editTexts(edit: Edit): bool {
    let changed = false;
    for (let i = 0; i < this.kept.length; i++) {
      if (this.kept[i].editTexts(edit)) changed = true;
    }
    if (changed) this.messagesChanged = true;
    return changed;
  }

  /** The JSON of a parameter such as temperature; null where there is none. */
  parameter(name: string): string | null {
    const changed = Members.of(this.changed.get("params")).get(name);
    return changed !== null ? changed : Members.of(this.members.get("params")).get(name);
  }

  /** "null" removes the parameter. */
  setParameter(name: string, json: string): void {
    const params = Members.of(this.changed.get("params"));
    params.set(name, json);
    this.changed.set("params", params.toString());
  }

  /** The JSON of any member as it came or was set. */
  get(key: string): string | null {
    const changed = this.changed.get(key);
    return changed !== null ? changed : this.members.get(key);
  }

  changes(): string {
    if (this.messagesChanged) {
      const texts = new Array<string>(this.kept.length);
      for (let i = 0; i < texts.length; i++) texts[i] = this.kept[i].toString();
      this.changed.set("input", "[" + texts.join(",") + "]");
    }
    const json = this.changed.orNull();
    return this.wrapped && json != "null" ? `{"chat_request":${json}}` : json;
  }
}

/** A message of a conversation, or what a choice of a completion says. */
export class Message {
  private members: Members;

  constructor(json: string | null) {
    this.members = Members.of(json);
  }

  static make(role: string, text: string): Message {
    return new Message(`{"role":${quote(role)},"content":${quote(text)}}`);
  }

  get role(): string {
    return textIn(this.members.get("role"));
  }

  /** All that it says: the content, or the texts of its blocks one after the other. */
  get text(): string {
    const content = this.members.get("content");
    if (!isOpen(content, "[")) return textIn(content);
    const blocks = elementsOf(content);
    let text = "";
    for (let i = 0; i < blocks.length; i++) text += textIn(Members.of(blocks[i]).get("text"));
    return text;
  }

  set text(text: string) {
    this.members.set("content", quote(text));
  }

  /** The JSON of any member; null where there is none. */
  get(key: string): string | null {
    return this.members.get(key);
  }

  set(key: string, json: string): void {
    this.members.set(key, json);
  }

  /** Edits the content, or the text of each of its blocks. */
  editTexts(edit: Edit): bool {
    const content = this.members.get("content");
    if (!isOpen(content, "[")) return editText(this.members, "content", edit);
    const blocks = elementsOf(content);
    let changed = false;
    for (let i = 0; i < blocks.length; i++) {
      const block = Members.of(blocks[i]);
      if (!editText(block, "text", edit)) continue;
      blocks[i] = block.toString();
      changed = true;
    }
    if (changed) this.members.set("content", "[" + blocks.join(",") + "]");
    return changed;
  }

  toString(): string {
    return this.members.toString();
  }
}

function editText(members: Members, key: string, edit: Edit): bool {
  const json = members.get(key);
  if (json === null || !isText(json)) return false;
  const text = textIn(json);
  const edited = edit.edit(text);
  if (edited == text) return false;
  members.set(key, quote(edited));
  return true;
}
