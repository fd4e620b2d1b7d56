/** Sends one call, spoilt or not, and says what was wrong with the way it was answered. */
import { Check } from "typebox/value";
import { Problem, type RouteSpec } from "@tenfold/http/routes";
import { httpErrors } from "@tenfold/http";
import { sendRaw, type RawAnswer, type RawRequest } from "../support/raw-http.ts";
import { changedTables } from "../support/row-digest.ts";
import { someAddress, type GoodCall } from "./entry.ts";
import type { Mutation } from "./mutation.ts";
import type { World } from "./world.ts";

export interface Attempt extends Omit<Mutation, "expected"> {
  key: string;
  spec: RouteSpec;
  call: GoodCall;
  /** Headers that say who calls. */
  as: Readonly<Record<string, string>>;
}

export interface Refusal {
  status?: number | undefined;
  code?: string | undefined;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Who the route is meant for. */
export function callerFor({ auth }: RouteSpec, world: World): Readonly<Record<string, string>> {
  if (auth === "none" || auth === "optional") return {};
  return bearer(auth === "admin" ? world.admin.token : world.member.token);
}

export function requestOf(attempt: Attempt): RawRequest {
  const { key, spec, call, as, param } = attempt;
  const [method = "", pattern = ""] = key.split(" ");
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
    param?.[0] === name ? param[1] : encodeURIComponent(call.params?.[name] ?? ""),
  );
  const query = attempt.query ?? new URLSearchParams(call.query).toString();
  const spoiltBody = "body" in attempt;
  const body = spoiltBody ? attempt.body : bodyOf(call);
  const type = spec.consumes?.[0] ?? "application/json";
  const headers = {
    "x-forwarded-for": someAddress(),
    ...(body === undefined ? {} : { "content-type": type }),
    ...as,
    ...attempt.headers,
  };
  if (headers["content-type"] === "") Reflect.deleteProperty(headers, "content-type");
  return { method, target: query === "" ? path : `${path}?${query}`, headers, body };
}

function bodyOf({ text, body }: GoodCall): string | undefined {
  return text ?? (body === undefined ? undefined : JSON.stringify(body));
}

export const send = (world: World, attempt: Attempt): Promise<RawAnswer> =>
  sendRaw(world.url, requestOf(attempt));

/** Sends what must be refused, one after the other; answers one sentence per broken promise. */
export async function refusalComplaints(
  world: World,
  attempts: readonly (Attempt & Refusal)[],
): Promise<string[]> {
  const found: string[] = [];
  let before = await world.digest.read();
  for (const attempt of attempts) {
    const answer = await send(world, attempt);
    const after = await world.digest.read();
    const complaints = complaintsAbout(answer, attempt);
    const changed = changedTables(before, after);
    if (changed.length > 0) complaints.push(`changed ${changed.join(", ")}`);
    found.push(...complaints.map((complaint) => sentence(world, attempt, { answer, complaint })));
    before = after;
  }
  return found;
}

/** Sends something odd, which may be right; only our own failure is wrong. */
export async function oddityComplaints(world: World, attempt: Attempt): Promise<string[]> {
  const answer = await send(world, attempt);
  if (answer.status < 500) return [];
  return [sentence(world, attempt, { answer, complaint: "is our own failure" })];
}

function sentence(
  { logged }: World,
  { key, name }: Attempt,
  { answer, complaint }: { answer: RawAnswer; complaint: string },
): string {
  const cause = answer.status >= 500 ? `\n    ${logged.at(-1)?.slice(0, 1_500)}` : "";
  const said = answer.body.replaceAll("\n", " ").slice(0, 300);
  return `${key} with ${name}: ${complaint} (${answer.status} ${said})${cause}`;
}

function complaintsAbout(answer: RawAnswer, attempt: Attempt & Refusal): string[] {
  const { spec, key, status: expectedStatus, code: expectedCode } = attempt;
  const { status, headers, body } = answer;
  if (status < 400 || status >= 500) return ["was not refused"];
  if (expectedStatus !== undefined && status !== expectedStatus) {
    return [`should answer ${expectedStatus}`];
  }
  // An answer to HEAD has no body.
  if (key.startsWith("HEAD ")) return [];
  const complaints: string[] = [];
  if (!headers.get("content-type")?.startsWith("application/problem+json")) {
    complaints.push(`is ${headers.get("content-type")}, not a problem`);
  }
  const problem = parse(body);
  if (!Check(Problem, problem)) return [...complaints, "has a body that is no problem"];
  if (problem.status !== status) complaints.push(`says ${problem.status} in its body`);
  if (problem.requestId === "") complaints.push("has no request ID");
  if (expectedCode !== undefined && problem.code !== expectedCode) {
    complaints.push(`should have the code ${expectedCode}`);
  }
  if (!(problem.code in httpErrors.table) && !declares(spec, problem.code)) {
    complaints.push(
      `has the code ${problem.code}, which neither the route nor the platform declares`,
    );
  }
  return complaints;
}

/** A route that answers pages declares its refusals as statuses. */
const pageCodes = /^(link_|password_|too_many_attempts$)/;

function declares({ errors, responses }: RouteSpec, code: string): boolean {
  if (errors !== undefined) return errors.includes(code);
  return Object.keys(responses).some((status) => Number(status) >= 400) && pageCodes.test(code);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the caller complains
  }
}
