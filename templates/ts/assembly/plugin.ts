// my-plugin: puts a system message in front of every chat. Change it to what you need.
// AssemblyScript: TypeScript's syntax, no exceptions and no closures.

import { ChatRequest, Context, isText, Members, Message, Plugin, register, ShortCircuit } from "./sluice";

// The hooks that the gateway calls. One that you write must be in this list; one that is not costs nothing.
export { free, get_name, init, malloc, pre_hook } from "./sluice/exports";

class SystemMessage extends Plugin {
  private text: string = "Answer in one sentence.";

  /** Reads `config` of the plug-in's entry. False refuses the plug-in. */
  init(config: Members): bool {
    const given = config.get("message");
    if (given === null) return true;
    if (!isText(given)) return false;
    this.text = config.text("message");
    return true;
  }

  preHook(context: Context, request: ChatRequest): ShortCircuit | null {
    if (request.hasMessages) {
      request.messages = [Message.make("system", this.text)].concat(request.messages);
    } else {
      this.fail("the request has no messages");
    }
    return null;
  }
}

register(new SystemMessage("my-plugin"));
