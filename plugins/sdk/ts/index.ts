// Typed hooks for plug-ins of the Sluice gateway, in AssemblyScript.
//
// Everything typed is a view of the JSON that came: a member that no type here knows stays as it was, and only what you changed goes back.
// Values without a type of their own are JSON text. What the gateway does for plug-ins is in "./host"; only what you import from there is imported.

export { ChatRequest, Edit, Message } from "./chat";
export { Chunk, Fate } from "./chunk";
export { Choice, Completion, Outcome, ShortCircuit } from "./completion";
export { Context } from "./context";
export { HttpRequest, HttpResponse } from "./http";
export { quote } from "./json";
export { elementsOf, isText, Members, textIn } from "./members";
export { Plugin, register } from "./plugin";
