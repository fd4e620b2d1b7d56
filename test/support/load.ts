/** Callers that create links or follow them without pause, and remember what was acknowledged. */
import { randomUUID } from "node:crypto";
import { ApiProblem } from "@tenfold/client";
import type { Api } from "./app.ts";

export interface Acknowledged {
  code: string;
  url: string;
}

export interface Load {
  /** Answered with 201, so they must be there for ever. */
  readonly acknowledged: readonly Acknowledged[];
  /** Codes of the problems that callers met, `network` among them. */
  readonly problems: ReadonlyMap<string, number>;
  /** No new calls; resolves when those under way have ended. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  callers: number;
  /** Go on after a problem, a little later; otherwise a caller ends with its first. */
  persistent?: boolean;
}

/** Starts `callers` loops of `POST /v1/links`. */
export function createLinks(api: Api, { callers, persistent = false }: LoadOptions): Load {
  const acknowledged: Acknowledged[] = [];
  const problems = new Map<string, number>();
  const stopping = new AbortController();
  const caller = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const url = `https://example.com/${randomUUID()}`;
      try {
        const { body } = await api("POST /v1/links", { body: { url } });
        acknowledged.push({ code: body.code, url });
      } catch (error) {
        const code = error instanceof ApiProblem ? error.code : String(error);
        problems.set(code, (problems.get(code) ?? 0) + 1);
        if (!persistent) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  return {
    acknowledged,
    problems,
    async stop() {
      stopping.abort();
      await all;
    },
  };
}

/** Follows every link; answers the codes that do not lead where they should. */
export async function lostLinks(url: string, links: readonly Acknowledged[]): Promise<string[]> {
  const lost: string[] = [];
  const waiting = [...links];
  const follower = async (): Promise<void> => {
    for (let link = waiting.pop(); link !== undefined; link = waiting.pop()) {
      const answer = await fetch(`${url}/${link.code}`, { method: "HEAD", redirect: "manual" });
      if (answer.status !== 302 || answer.headers.get("location") !== link.url) {
        lost.push(`${link.code}: ${answer.status} ${answer.headers.get("location")}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, follower));
  return lost;
}
