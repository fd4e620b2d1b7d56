/** The platform as a process of its own, which a test may end in any way. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient } from "@tenfold/client";
import { looseLimits, type Api } from "./app.ts";

const serve = fileURLToPath(new URL("serve.ts", import.meta.url));

export interface PlatformProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  api(token?: string): Api;
  /** Sends a signal; resolves with the exit code, or the signal's name, when it has ended. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | string>;
  /** Resolves when it has ended, by whatever. */
  readonly ended: Promise<number | string>;
}

/** Thrown when it ends before it serves. */
export class StartFailure extends Error {
  readonly exitCode: number | string;
  constructor(exitCode: number | string, said: string) {
    super(`ended with ${exitCode}: ${said}`);
    this.exitCode = exitCode;
  }
}

/** Starts one and waits until it serves. Settings by their environment names. */
export async function startProcess(
  settings: Readonly<Record<string, string>>,
): Promise<PlatformProcess> {
  const all = {
    TENFOLD_PORT: "0",
    TENFOLD_SIGN_UP: "open",
    TENFOLD_FETCH_TITLES: "false",
    TENFOLD_RATE_LIMITS: looseLimits,
    ...settings,
  };
  const words = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const child = spawn(process.execPath, [serve, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, "close").then(([code, signal]: unknown[]) =>
    typeof code === "number" ? code : String(signal),
  );
  const serving = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("serving ")) resolve(line.slice("serving ".length));
      else said.push(`${line}\n`);
    });
  });
  const failed = ended.then((code) => {
    throw new StartFailure(code, said.join(""));
  });
  failed.catch(() => undefined); // It also ends when a test ends it.
  const url = await Promise.race([serving, failed]);
  const end = (signal: "SIGKILL" | "SIGTERM"): Promise<number | string> => {
    child.kill(signal);
    return ended;
  };
  return {
    url,
    pid: child.pid ?? 0,
    api: (token) => createClient({ baseUrl: url, ...(token === undefined ? {} : { token }) }),
    end,
    ended,
    [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
  };
}
