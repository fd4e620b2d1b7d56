/** Runs one command without a connection, as a session would. */
import type { Keyspace } from "../../keyspace.ts";
import type { ProtocolVersion } from "../../resp/reply-writer.ts";
import { ReplyWriter } from "../../resp/reply-writer.ts";
import { errorReply, type Reply } from "../../resp/reply.ts";
import { Arguments } from "../arguments.ts";
import type { Call } from "../command.ts";
import { refusalReply } from "../refusal.ts";
import { commandTable, resolveCommand } from "../table.ts";

/** The reply as bytes, shown as text. Throws what a session would call a defect. */
export async function runCommand(
  keyspace: Keyspace,
  words: readonly Buffer[],
  protocol: ProtocolVersion = 2,
): Promise<string> {
  const call: Call = {
    keyspace,
    connection: {
      id: 1,
      name: "",
      libraryName: "",
      libraryVersion: "",
      protocol,
      authenticated: true,
      closing: false,
    },
    front: {
      password: undefined,
      cluster: undefined,
      admin: undefined,
      info: async () => [["Server", ["redis_version:7"]]],
      config: new Map([["save", ""]]),
      commands: commandTable,
    },
  };
  const writer = new ReplyWriter();
  const reply = await answer(words, call);
  writer.protocol = call.connection.protocol;
  writer.write(reply);
  return Buffer.concat(writer.take()).toString("latin1");
}

async function answer(words: readonly Buffer[], call: Call): Promise<Reply> {
  const resolved = resolveCommand(words);
  if ("wrong" in resolved) return errorReply(resolved.wrong);
  try {
    return await resolved.run(new Arguments(words, resolved.nameWords), call);
  } catch (error) {
    const refusal = refusalReply(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
}
