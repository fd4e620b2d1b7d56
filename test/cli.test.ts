/** The one command as people type it, right and wrong. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chown, mkdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createTestDatabase } from "@tenfold/sql/testing";
import { makeDataFolder, password } from "./support/app.ts";
import { runCli, spawnCli, type CliOptions } from "./support/cli.ts";
import { startProcess } from "./support/process.ts";

const withPassword = { env: { TENFOLD_PASSWORD: password } };

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await makeDataFolder();
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return folder;
}

const words = (line: string): string[] => line.split(" ").filter((word) => word !== "");

const commands = [
  "up",
  "test",
  "check",
  "bench",
  "doctor",
  "pack",
  "user create",
  "key create",
  "settings",
  "kv node",
  "kv cluster",
  "kv status",
  "kv rebalance",
  "kv drain",
  "kv remove",
  "kv repair",
  "kv backup",
  "kv restore",
];

test("help names every command, and every command has help with examples", async () => {
  const [bare, asked] = await Promise.all([runCli([]), runCli(["--help"])]);
  assert.deepEqual([bare.code, asked.code], [0, 0]);
  assert.equal(bare.out, asked.out);
  const helps = await Promise.all(
    commands.flatMap((command) => [
      runCli([...words(command), "--help"]),
      runCli(["help", ...words(command)]),
    ]),
  );
  for (const [index, { code, out }] of helps.entries()) {
    const command = commands[Math.floor(index / 2)] ?? "";
    assert.equal(code, 0);
    assert.ok(asked.out.includes(`  ${command} `), command);
    assert.ok(out.includes(`Usage: ./tenfold ${command}`), command);
    assert.match(out, /Examples:\n {2}\S/);
  }
});

test("a word that several commands begin with has help that names them", async () => {
  const [asked, named] = await Promise.all([runCli(["kv", "--help"]), runCli(["help", "kv"])]);
  assert.deepEqual([asked.code, named.code], [0, 0]);
  assert.equal(asked.out, named.out);
  for (const command of commands) {
    assert.equal(asked.out.includes(`\n  ${command} `), command.startsWith("kv "), command);
  }
});

test("--version says which", async () => {
  const { code, out } = await runCli(["--version"]);
  assert.equal(code, 0);
  assert.match(out, /^tenfold \d+\.\d+\.\d+ \(node v24\./);
});

const wrong: [line: string, says: RegExp, env?: Record<string, string>][] = [
  ["upp", /"upp" is not a command\. Did you mean up\?/],
  ["user crate", /Did you mean user create\?/],
  ["user", /Did you mean user create\?/],
  ["frobnicate", /"frobnicate" is not a command\. See: \.\/tenfold --help/],
  ["help upp", /Did you mean up\?/],
  ["up --prot 1", /--prot is not a flag of "up"\. Did you mean --port\?/],
  ["up --port", /--port needs a value/],
  ["up --port=", /--port needs a value/],
  ["up --port abc", /TENFOLD_PORT must be a whole number from 0 to 65535, not "abc"/],
  ["up --port 70000", /TENFOLD_PORT must be a whole number/],
  ["up now", /"up" takes no argument, but got "now"/],
  ["up --role boss", /TENFOLD_ROLE must be one of api, worker, all/],
  ["up --only url-shortner --port 0", /no system "url-shortner"\. Did you mean url-shortener\?/],
  ["up --host 203.0.113.7", /Nothing can listen on 203\.0\.113\.7.*--host/],
  ["kv", /Did you mean kv cluster or kv node or /],
  ["kv stats", /"kv stats" is not a command\. Did you mean kv status\?/],
  ["kv node --lissen 1", /Did you mean --listen\?/],
  ["kv node --listen 7001", /TENFOLD_KV_LISTEN must be host:port, not "7001"/],
  ["kv node --weight heavy", /TENFOLD_KV_WEIGHT must be a whole number from 1 to 100/],
  ["kv node --listen 192.0.2.1:7001", /TENFOLD_KV_SECRET is needed/],
  [
    "kv node",
    /TENFOLD_KV_NAM is not a setting\. Did you mean TENFOLD_KV_NAME\?/,
    { TENFOLD_KV_NAM: "a" },
  ],
  ["kv node", /TENFOLD_KV_BUCKETS is no JSON/, { TENFOLD_KV_BUCKETS: "[" }],
  ["kv node", /has a field "n"/, { TENFOLD_KV_BUCKETS: '[{"n":3}]' }],
  ["kv cluster --nodes many", /--nodes must be a whole number from 1, not "many"/],
  ["kv drain", /"kv drain" needs one name/],
  ["kv remove a b", /"kv remove" takes one name/],
  ["kv restore", /"kv restore" needs one name/],
  ["kv restore /nowhere", /\/nowhere is no backup of a node/],
  ["kv status --node here", /--node must be host:port, not "here"/],
  ["test --no-instal", /Did you mean --no-install\?/],
  ["test --no-install=yes", /--no-install takes no value/],
  ["bench nothing", /There is no benchmark "nothing"/],
  ["user create", /--email is missing/],
  ["user create --email a@example.org", /There is no password\..*TENFOLD_PASSWORD/],
  ["user create --email a@example.org --role king", /--role must be admin or member/],
  ["key create --email a@example.org", /--name is missing/],
  [
    "key create --email a@example.org --name x --scopes links:read --days 0",
    /--days must be a whole number/,
  ],
  ["up", /TENFOLD_PROT is not a setting\. Did you mean TENFOLD_PORT\?/, { TENFOLD_PROT: "1" }],
  ["up", /DATABASE_URL must be a URL that begins with postgres/, { DATABASE_URL: "mysql://a/b" }],
  ["up", /REDIS_URL must be a URL/, { REDIS_URL: "localhost:6379" }],
  ["up", /DATABASE_REPLICA_URLS needs DATABASE_URL/, { DATABASE_REPLICA_URLS: "postgres://a/b" }],
  [
    "up --data here",
    /TENFOLD_DATA names a folder.*DATABASE_URL/,
    { DATABASE_URL: "postgres://a/b" },
  ],
  [
    "up --role worker",
    /TENFOLD_SESSION_IDLE_DAYS must not exceed/,
    { TENFOLD_SESSION_IDLE_DAYS: "99" },
  ],
  [
    "up --role worker",
    /TENFOLD_FETCH_TITLES must be true or false/,
    { TENFOLD_FETCH_TITLES: "yes" },
  ],
];

test("a wrong command line ends with 2, says why, and leaves nothing behind", async (t) => {
  const folder = await temporaryFolder(t);
  const lines = wrong.entries();
  const lane = async (): Promise<void> => {
    for (const [index, [line, says, env = {}]] of lines) {
      const untouched = join(folder, String(index));
      const embedded = env["DATABASE_URL"] === undefined && !line.includes("--data");
      const where = line.startsWith("up") && embedded ? { TENFOLD_DATA: untouched } : {};
      const { code, out, err } = await runCli(words(line), { env: { ...env, ...where } });
      assert.match(err, says, line);
      assert.equal(code, 2, `${line}: ${err}`);
      assert.equal(out, "", line);
      assert.doesNotMatch(err, /\n {4}at /, `${line} shows a stack`);
      assert.ok(!existsSync(untouched), `${line} made a database`);
    }
  };
  await Promise.all([lane(), lane()]);
});

test("a secret in a bad setting is not repeated", async () => {
  const { err } = await runCli(["up"], { env: { DATABASE_URL: "mysql://me:hunter2@host/db" } });
  assert.doesNotMatch(err, /hunter2/);
});

test("a port that is taken is said before anything is made", async (t) => {
  const data = join(await temporaryFolder(t), "data");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => void server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const line = ["up", "--role", "worker", "--port", String(address.port), "--data", data];
  const { code, err } = await runCli(line);
  assert.equal(code, 2);
  assert.match(err, new RegExp(`Port ${address.port} on 127\\.0\\.0\\.1 is taken.*--port`));
  assert.ok(!existsSync(data));
});

test("settings prints one table row for each setting and no secret", async () => {
  const { code, out } = await runCli(["settings"], { env: { TENFOLD_PORT: "9999" } });
  assert.equal(code, 0);
  for (const name of [
    "TENFOLD_PORT",
    "DATABASE_URL",
    "REDIS_URL",
    "TENFOLD_SIGN_UP",
    "TENFOLD_LINK_CODES",
  ]) {
    assert.match(out, new RegExp(`^\\| \`${name}\` \\| .+ \\| .+ \\| .+ \\|$`, "m"));
  }
});

/** Makes the first account and a key on a stopped platform, starts it, and makes more beside it. */
async function lifeOf(data: string, user: CliOptions = {}): Promise<void> {
  const env = { TENFOLD_PASSWORD: password, ...user.env };
  const made = await runCli(
    ["user", "create", "--email", "ada@example.org", "--name", "Ada", "--data", data],
    { ...user, env },
  );
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /^made admin ada@example\.org \(\d+\)\n$/);

  const keyLine = [
    "key",
    "create",
    "--name",
    "ci",
    "--scopes",
    "links:read,links:write",
    "--data",
    data,
  ];
  const key = await runCli([...keyLine, "--email", "ada@example.org", "--days", "1"], {
    ...user,
    env,
  });
  assert.equal(key.code, 0, key.err);
  assert.match(key.out, /^tf_[0-9A-Za-z]+\n$/);

  const up = spawnCli(["up", "--role", "worker", "--port", "0", "--data", data], { ...user, env });
  try {
    while (!/^http:/m.test(up.said.out) && up.child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(up.child.exitCode, null, up.said.err);
    const member = await runCli(["user", "create", "--email", "bea@example.org", "--data", data], {
      ...user,
      env,
    });
    assert.match(member.out, /^made member bea@example\.org/, member.err);
    const again = await runCli(["user", "create", "--email", "BEA@example.org", "--data", data], {
      ...user,
      env,
    });
    assert.equal(again.code, 2);
    assert.match(again.err, /account with this email address/);
    const beside = await runCli([...keyLine, "--email", "bea@example.org"], { ...user, env });
    assert.match(beside.out, /^tf_/, beside.err);
    const unclear = await runCli(["user", "create", "--email", "bea", "--data", data], {
      ...user,
      env: { ...env, TENFOLD_PASSWORD: "short" },
    });
    assert.equal(unclear.code, 2);
    assert.match(unclear.err, /--email must be an email address\. The password must have 10 to/);
    const stranger = await runCli([...keyLine, "--email", "nobody@example.org"], { ...user, env });
    assert.equal(stranger.code, 2);
    assert.match(stranger.err, /Nobody here has the address/);
    const second = await runCli(["up", "--role", "worker", "--port", "0", "--data", data], {
      ...user,
      env,
    });
    assert.equal(second.code, 1);
    assert.match(second.err, /is in use by process \d+\. Stop it first/);
    assert.doesNotMatch(second.err, /\n {4}at /);
    const doctor = await runCli(["doctor", "--port", "0", "--data", data], { ...user, env });
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /✓ embedded Postgres: PostgreSQL 18.* answers/);
    assert.match(doctor.out, /✓ all migrations are applied/);
    up.child.kill("SIGTERM");
    assert.equal((await up.ended).code, 0, up.said.err);
  } finally {
    up.child.kill("SIGKILL");
    await up.ended;
  }
}

test("users and keys are made on a stopped platform and beside a running one, in a folder with spaces", async (t) => {
  const data = join(await temporaryFolder(t), "a folder with spaces", "and ünïcode");
  await lifeOf(data);
  // What the command line made works over HTTP.
  await using platform = await startProcess({ TENFOLD_DATA: data });
  const body = { email: "ada@example.org", password };
  const { token } = (await platform.api()("POST /v1/sessions", { body })).body;
  const keys = await platform.api(token)("GET /v1/api-keys", {});
  assert.deepEqual(
    keys.body.items.map(({ name, scopes }) => [name, scopes]),
    [["ci", ["links:read", "links:write"]]],
  );
});

test("all of that works for an ordinary user", async (t) => {
  const folder = await temporaryFolder(t);
  if (process.getuid?.() !== 0) {
    await lifeOf(join(folder, "data"));
    return;
  }
  const uid = Number(execFileSync("id", ["-u", "nobody"]));
  const gid = Number(execFileSync("id", ["-g", "nobody"]));
  const home = join(folder, "home");
  await mkdir(home);
  await chown(home, uid, gid);
  await lifeOf(join(home, "data"), { uid, gid, env: { HOME: home } });
});

test("users and keys are made in the Postgres that DATABASE_URL names", async () => {
  await using database = await createTestDatabase();
  const env = { ...withPassword.env, DATABASE_URL: database.connectionString };
  const made = await runCli(["user", "create", "--email", "ada@example.org"], { env });
  assert.match(made.out, /^made admin/, made.err);
  const doctor = await runCli(["doctor", "--port", "0"], { env });
  assert.equal(doctor.code, 0, doctor.out);
  assert.match(doctor.out, /✓ DATABASE_URL: PostgreSQL/);
});

test("doctor says what is wrong and what to do, and ends with 1", async () => {
  const env = { DATABASE_URL: "postgres://nobody:secret@127.0.0.1:1/none" };
  const [database, settings] = await Promise.all([
    runCli(["doctor", "--port", "0"], { env }),
    runCli(["doctor"], { env: { TENFOLD_PROT: "1", TENFOLD_DATA: "/nowhere" } }),
  ]);
  assert.equal(database.code, 1);
  assert.match(database.out, /✗ DATABASE_URL: .*reached/);
  assert.doesNotMatch(database.out, /secret/);
  assert.equal(settings.code, 1);
  assert.match(settings.out, /✗ TENFOLD_PROT is not a setting/);
});

test("what must be read and written by nobody else is refused with the fix", async () => {
  const { code, err } = await runCli([
    "up",
    "--role",
    "worker",
    "--port",
    "0",
    "--data",
    "/proc/none",
  ]);
  assert.notEqual(code, 0);
  assert.match(err, /\/proc/);
  assert.doesNotMatch(err, /\n {4}at /, err);
});
