// Guardrail: blocks words in requests, adds a system message, masks e-mail addresses in answers, counts its calls.

import { decodeText, encodeText } from "../../../sdk/ts/base64";
import { Edits } from "./edits";
import { Slice, Walk, isArray, isObject, isString, member, quote, whole } from "../../../sdk/ts/json";
import { give, take } from "../../../sdk/ts/memory";
import { Rules } from "./rules";

export { malloc, free } from "../../../sdk/ts/memory";

let rules = new Rules(); // set by init; one instance serves one call at a time

export function get_name(): u64 {
  return give("guardrail-ts");
}

export function init(block: usize, size: u32): i32 {
  const read = Rules.read(take(block, size));
  if (read === null) return 1;
  rules = read;
  return 0;
}

export function cleanup(): i32 {
  return 0;
}

export function http_pre_hook(block: usize, size: u32): u64 {
  const input = take(block, size);
  if (!isObject(input)) return give(failure("error"));
  const word = rules.blocked.length > 0 ? blockedWord(input) : null;
  const response = word === null ? "null" : refusal(word);
  const has = word === null ? "false" : "true";
  return give(`${answer(input)},"request":null,"response":${response},"has_response":${has},"error":""}`);
}

export function http_post_hook(block: usize, size: u32): u64 {
  const input = take(block, size);
  if (!isObject(input)) return give(failure("error"));
  return give(answer(input) + ',"error":""}');
}

export function http_stream_chunk_hook(block: usize, size: u32): u64 {
  const input = take(block, size);
  if (!isObject(input)) return give(failure("error"));
  const chunk = member(input, whole(input), "chunk");
  const edits = new Edits(input);
  if (chunk !== null && mayHoldAddress(input, chunk)) edits.maskChoices(chunk);
  // No chunk and no `skip`: the gateway sends the event on as it came.
  const changed = chunk !== null && !edits.isEmpty ? edits.apply(chunk) : "null";
  const has = edits.isEmpty ? "false" : "true";
  return give(`${answer(input)},"chunk":${changed},"has_chunk":${has},"skip":false,"error":""}`);
}

export function pre_hook(block: usize, size: u32): u64 {
  const input = take(block, size);
  if (!isObject(input)) return give(failure("error"));
  const request = withSystemMessage(input);
  return give(`${answer(input)},"request":${request},"short_circuit":null,"has_short_circuit":false,"error":""}`);
}

export function post_hook(block: usize, size: u32): u64 {
  const input = take(block, size);
  if (!isObject(input)) return give(failure("hook_error"));
  const response = maskedResponse(input);
  const flag = member(input, whole(input), "has_error");
  const hasError = flag !== null && flag.of(input) == "true";
  const given = member(input, whole(input), "error");
  const error = hasError && given !== null ? given.of(input) : "null";
  const has = hasError ? "true" : "false";
  return give(`${answer(input)},"response":${response},"error":${error},"has_error":${has},"hook_error":""}`);
}

function failure(name: string): string {
  return `{"context":{},"${name}":"guardrail: the input is not a JSON object"}`;
}

/** The start of an answer: the context as it came, with our count one up. */
function answer(input: string): string {
  const given = member(input, whole(input), "context");
  if (given === null || input.charAt(given.start) != "{") return '{"context":{"guardrail_hooks":1}';
  const old = member(input, given, "guardrail_hooks");
  if (old !== null) {
    const edits = new Edits(input);
    edits.replace(old, (number(old.of(input)) + 1).toString());
    return '{"context":' + edits.apply(given);
  }
  const comma = Walk.members(input, given).next() ? "," : "";
  return `{"context":{"guardrail_hooks":1${comma}${input.substring(given.start + 1, given.end)}`;
}

/** A count as an earlier hook wrote it; 0 for anything else. */
function number(text: string): u32 {
  const value = parseInt(text);
  return value >= 0 && value < 1e9 ? <u32>value : 0;
}

function blockedWord(input: string): string | null {
  const request = member(input, whole(input), "request");
  if (request === null) return null;
  const body = member(input, request, "body");
  if (body === null || !isString(input, body)) return null;
  const text = decodeText(input.substring(body.start + 1, body.end - 1));
  return text === null ? null : rules.blockedWord(text);
}

function refusal(word: string): string {
  const message = quote(`guardrail: the word ${word} is not allowed`);
  const body = `{"error":{"message":${message},"type":"invalid_request_error","param":null,"code":"blocked_word"}}`;
  return `{"status_code":403,"headers":{"Content-Type":"application/json"},"body":"${encodeText(body)}"}`;
}

/** The request with our message first; "null" when there is nothing to change. */
function withSystemMessage(input: string): string {
  const request = member(input, whole(input), "request");
  if (request === null || rules.systemMessage.length == 0) return "null";
  const messages = member(input, request, "input");
  if (messages === null || !isArray(input, messages)) return "null";
  const walk = Walk.elements(input, messages);
  const some = walk.next();
  if (some && rules.isSystemMessage(input, walk.value)) return "null";
  const edits = new Edits(input);
  const message = `{"role":"system","content":${quote(rules.systemMessage)}}`;
  edits.replace(new Slice(messages.start, messages.start + 1), "[" + message + (some ? "," : ""));
  return edits.apply(request);
}

/** The response without addresses; "null" when there are none. */
function maskedResponse(input: string): string {
  const response = member(input, whole(input), "response");
  if (response === null || !mayHoldAddress(input, response)) return "null";
  const edits = new Edits(input);
  // The gateway wraps a response by its kind; a bare one has its choices at the top.
  edits.maskChoices(response);
  const walk = Walk.members(input, response);
  while (walk.next()) edits.maskChoices(walk.value);
  return edits.isEmpty ? "null" : edits.apply(response);
}

/** A quick look before a careful one: no address without an at sign, plain or as an escape. */
function mayHoldAddress(input: string, place: Slice): bool {
  const plain = input.indexOf("@", place.start);
  if (plain >= 0 && plain < place.end) return true;
  const escaped = input.indexOf("\\u0040", place.start);
  return escaped >= 0 && escaped < place.end;
}
