import { decodeText, encodeText } from "./base64";
import { quote } from "./json";
import { Members, textIn } from "./members";

/** What a request and a response have in common. */
class HttpMessage {
  protected members: Members;
  protected changed: Members = new Members();

  constructor(json: string | null) {
    this.members = Members.of(json);
  }

  /** The JSON of any member; null where there is none. */
  get(key: string): string | null {
    const changed = this.changed.get(key);
    return changed !== null ? changed : this.members.get(key);
  }

  /** A header, its name without regard to case; empty where it is absent. */
  header(name: string): string {
    const headers = Members.of(this.get("headers"));
    const at = find(headers, name);
    return at < 0 ? "" : textIn(headers.values[at]);
  }

  setHeader(name: string, value: string): void {
    this.removeHeader(name);
    this.put("headers", name, value);
  }

  /** All headers go back: one that is missing is deleted. */
  removeHeader(name: string): void {
    const headers = Members.of(this.get("headers"));
    for (let at = find(headers, name); at >= 0; at = find(headers, name)) headers.remove(at);
    this.changed.set("headers", headers.toString());
  }

  /** The body as text, invalid UTF-8 replaced; empty where there is none, or too much for hooks to see. */
  get body(): string {
    const text = decodeText(textIn(this.get("body")));
    return text !== null ? text : "";
  }

  set body(text: string) {
    this.changed.set("body", quote(encodeText(text)));
  }

  protected put(member: string, name: string, value: string): void {
    const all = Members.of(this.get(member));
    all.set(name, quote(value));
    this.changed.set(member, all.toString());
  }

  changes(): string {
    return this.changed.orNull();
  }
}

function find(headers: Members, name: string): i32 {
  const wanted = name.toLowerCase();
  for (let i = 0; i < headers.size; i++) {
    if (headers.keys[i].toLowerCase() == wanted) return i;
  }
  return -1;
}

/** The request as the client sent it. Its method and path cannot be changed; credentials read `<redacted>`. */
export class HttpRequest extends HttpMessage {
  get method(): string {
    return textIn(this.get("method"));
  }

  get path(): string {
    return textIn(this.get("path"));
  }

  /** One parameter of the query; empty where it is absent. */
  query(name: string): string {
    return textIn(Members.of(this.get("query")).get(name));
  }

  setQuery(name: string, value: string): void {
    this.put("query", name, value);
  }
}

/** The gateway's response, or one of your own. */
export class HttpResponse extends HttpMessage {
  /** An answer of your own, without a body. */
  static make(status: i32): HttpResponse {
    const response = new HttpResponse(null);
    response.status = status;
    response.changed.set("headers", "{}");
    response.changed.set("body", '""');
    return response;
  }

  /** An answer of your own with a JSON body. */
  static json(status: i32, body: string): HttpResponse {
    const response = HttpResponse.make(status);
    response.setHeader("Content-Type", "application/json");
    response.body = body;
    return response;
  }

  /** An error of your own in OpenAI's shape, which its client libraries understand. */
  static error(status: i32, kind: string, message: string): HttpResponse {
    const inner = `{"message":${quote(message)},"type":${quote(kind)},"param":null,"code":null}`;
    return HttpResponse.json(status, `{"error":${inner}}`);
  }

  get status(): i32 {
    const status = this.get("status_code");
    return status === null ? 0 : <i32>parseInt(status);
  }

  set status(status: i32) {
    this.changed.set("status_code", status.toString());
  }
}
