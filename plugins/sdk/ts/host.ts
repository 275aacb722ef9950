// What the gateway does for plug-ins: the import module "sluice". Only what is called is imported.
//
// AssemblyScript has no exceptions: after a call that failed, `failure()` has the host's sentence. It is empty after one that worked.

import { decodeText } from "./base64";
import { quote } from "./json";
import { Members, textIn } from "./members";

@external("sluice", "result_length")
declare function resultLength(): i32;
@external("sluice", "result_read")
declare function resultRead(block: usize, capacity: i32): i32;
@external("sluice", "log")
declare function hostLog(level: i32, text: usize, size: i32): void;
@external("sluice", "config_get")
declare function configGet(key: usize, size: i32): i64;
@external("sluice", "var_get")
declare function varGet(key: usize, size: i32): i64;
@external("sluice", "var_set")
declare function varSet(key: usize, size: i32, value: usize, valueSize: i32, ttl: i64): i64;
@external("sluice", "var_delete")
declare function varDelete(key: usize, size: i32): i64;
@external("sluice", "var_compare_and_swap")
declare function varCompareAndSwap(
  key: usize,
  size: i32,
  expected: usize,
  expectedSize: i32,
  value: usize,
  valueSize: i32,
  ttl: i64,
): i64;
@external("sluice", "var_add")
declare function varAdd(key: usize, size: i32, delta: i64, ttl: i64): i64;
@external("sluice", "http_request")
declare function httpRequest(request: usize, size: i32, body: usize, bodySize: i32): i64;
@external("sluice", "llm_call")
declare function llmCall(request: usize, size: i32): i64;
@external("sluice", "metric_add")
declare function metricAdd(name: usize, size: i32, labels: usize, labelsSize: i32, value: f64): i64;
@external("sluice", "metric_set")
declare function metricSet(name: usize, size: i32, labels: usize, labelsSize: i32, value: f64): i64;
@external("sluice", "clock_ms")
declare function clockMs(): i64;
@external("sluice", "random")
declare function hostRandom(block: usize, size: i32): i64;

const ABSENT: i64 = -1;

let failed: string = "";

/** Why the last call failed; empty when it worked. */
export function failure(): string {
  return failed;
}

/** Text as the host reads it. The block lives as long as this object. */
class Bytes {
  private buffer: ArrayBuffer;

  constructor(text: string) {
    this.buffer = String.UTF8.encode(text);
  }

  get start(): usize {
    return changetype<usize>(this.buffer);
  }

  get size(): i32 {
    return this.buffer.byteLength;
  }
}

/** What the last call left with the host. */
function result(): string {
  const buffer = new ArrayBuffer(resultLength());
  const start = changetype<usize>(buffer);
  return String.UTF8.decodeUnsafe(start, resultRead(start, buffer.byteLength));
}

/** The meaning of a call that yields data; null where it is absent or the call failed. */
function data(code: i64): string | null {
  failed = code < ABSENT ? result() : "";
  return code >= 0 ? result() : null;
}

/** The meaning of a call that yields a number; -1 where it failed. */
function number(code: i64): i64 {
  failed = code < 0 ? result() : "";
  return code < 0 ? -1 : code;
}

export enum Level {
  Trace,
  Debug,
  Info,
  Warn,
  Error,
}

/** A line in the gateway's log, with the plug-in's name. */
export function log(level: Level, line: string): void {
  const text = new Bytes(line);
  hostLog(level, text.start, text.size);
}

/** A member of `config` of the plug-in's entry: a string's text, everything else as JSON. */
export function config(key: string): string | null {
  const name = new Bytes(key);
  return data(configGet(name.start, name.size));
}

/** A variable: shared by all instances of the plug-in; null where it is absent. */
export function variable(key: string): string | null {
  const name = new Bytes(key);
  return data(varGet(name.start, name.size));
}

/** `ttl` in milliseconds; 0 is for ever. */
export function setVariable(key: string, value: string, ttl: i64 = 0): bool {
  const name = new Bytes(key);
  const bytes = new Bytes(value);
  return number(varSet(name.start, name.size, bytes.start, bytes.size, ttl)) == 0;
}

/** Whether there was one. */
export function deleteVariable(key: string): bool {
  const name = new Bytes(key);
  return number(varDelete(name.start, name.size)) == 1;
}

/** What became of a compare-and-swap. */
export class Swap {
  constructor(
    readonly done: bool,
    /** What the variable holds instead; empty where it is absent. */
    readonly present: string,
  ) {}
}

/** Sets a variable if it still holds `expected`; null stands for "absent". */
export function swapVariable(key: string, expected: string | null, value: string, ttl: i64 = 0): Swap {
  const name = new Bytes(key);
  const bytes = new Bytes(value);
  const old = new Bytes(expected === null ? "" : expected);
  const oldSize = expected === null ? -1 : old.size;
  const code = varCompareAndSwap(name.start, name.size, old.start, oldSize, bytes.start, bytes.size, ttl);
  number(code);
  return new Swap(code == 1, code == 0 ? result() : "");
}

/** Adds to a variable that holds a number, 0 where it is absent; the new number. `ttl` counts from the variable's creation. */
export function addToVariable(key: string, delta: i64, ttl: i64 = 0): i64 {
  const name = new Bytes(key);
  const sum = data(varAdd(name.start, name.size, delta, ttl));
  return sum === null ? 0 : I64.parseInt(sum);
}

/** What a server answered. */
export class Response {
  readonly status: i32;
  /** JSON */
  readonly headers: string;
  /** Invalid UTF-8 is replaced. */
  readonly body: string;

  constructor(json: string) {
    const members = Members.of(json);
    const status = members.get("status");
    const headers = members.get("headers");
    const base64 = members.get("body_base64");
    this.status = status === null ? 0 : <i32>parseInt(status);
    this.headers = headers === null ? "{}" : headers;
    const decoded = base64 === null ? textIn(members.get("body")) : decodeText(textIn(base64));
    this.body = decoded === null ? "" : decoded;
  }
}

/**
 * Asks a server that `allowed_hosts` of the plug-in's entry names; null where that failed. `headers` is a JSON object of strings; a `timeout` of
 * 0 milliseconds is the host's own.
 */
export function http(url: string, method: string = "GET", body: string = "", headers: string = "{}", timeout: i64 = 0): Response | null {
  const limit = timeout > 0 ? `,"timeout_ms":${timeout}` : "";
  const head = new Bytes(`{"url":${quote(url)},"method":${quote(method)},"headers":${headers}${limit}}`);
  const bytes = new Bytes(body);
  const answer = data(httpRequest(head.start, head.size, bytes.start, bytes.size));
  return answer === null ? null : new Response(answer);
}

/** A chat completion by way of the gateway, its providers, keys and fallbacks; JSON both ways. A provider's error is a failure with its JSON. */
export function llm(request: string): string | null {
  const bytes = new Bytes(request);
  return data(llmCall(bytes.start, bytes.size));
}

/** Adds to a counter of the plug-in's own in /metrics; `labels` is a JSON object of strings. */
export function count(name: string, value: f64 = 1, labels: string = "{}"): bool {
  const bytes = new Bytes(name);
  const pairs = new Bytes(labels);
  return number(metricAdd(bytes.start, bytes.size, pairs.start, pairs.size, value)) >= 0;
}

/** Sets a gauge of the plug-in's own in /metrics; `labels` is a JSON object of strings. */
export function gauge(name: string, value: f64, labels: string = "{}"): bool {
  const bytes = new Bytes(name);
  const pairs = new Bytes(labels);
  return number(metricSet(bytes.start, bytes.size, pairs.start, pairs.size, value)) >= 0;
}

/** Milliseconds since 1970, where the plug-in's entry permits a clock; -1 where it does not. */
export function clock(): i64 {
  return number(clockMs());
}

/** Fills `bytes`, where the plug-in's entry permits randomness. */
export function random(bytes: Uint8Array): bool {
  return number(hostRandom(bytes.dataStart, bytes.length)) == 0;
}
