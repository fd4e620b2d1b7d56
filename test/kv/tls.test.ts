/** TLS between nodes, as an operator sets it up. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { testCertificate, testKey } from "@tenfold/key-value-store/testing";
import { runCli } from "../support/cli.ts";
import { startLoneNode } from "./lone-node.ts";
import { until } from "./target.ts";

test("nodes meet over TLS, and one without a certificate of the authority does not get in", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kv-tls-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  await writeFile(key, testKey, { mode: 0o600 });
  await writeFile(certificate, testCertificate);
  const tls = {
    TENFOLD_KV_TLS_KEY: key,
    TENFOLD_KV_TLS_CERT: certificate,
    TENFOLD_KV_TLS_CA: certificate,
  };
  await using one = await startLoneNode(join(folder, "a"), {
    env: { ...tls, TENFOLD_KV_NAME: "a" },
  });
  await one.redis.set("told over", "TLS");
  const joining = { TENFOLD_KV_JOIN: one.peers };
  const bare = { env: { ...joining, TENFOLD_KV_NAME: "c" }, doesServe: false };
  const stranger = await startLoneNode(join(folder, "c"), bare);
  const two = { env: { ...tls, ...joining, TENFOLD_KV_NAME: "b" } };
  await using other = await startLoneNode(join(folder, "b"), two);
  const isTold = async (): Promise<boolean> => (await other.redis.get("told over")) === "TLS";
  await until("the value", isTold, 20_000);
  await until("a word", async () => stranger.said().includes("waiting to be taken in"), 20_000);
  const status = String(await one.redis.call("KV.STATUS"));
  assert.match(status, /"name":"b"/);
  assert.doesNotMatch(status, /"name":"c"/);
  // It waits to be taken in, and hears that it is to stop all the same.
  await stranger[Symbol.asyncDispose]();
  assert.match(stranger.said(), /c is stopping/);
});

test("TLS with a part missing, or a file that is not there, stops the start by name", async () => {
  const missing = await runCli(["kv", "node"], { env: { TENFOLD_KV_TLS_KEY: "/etc/hostname" } });
  assert.match(missing.err, /TENFOLD_KV_TLS_CERT is missing/);
  const unread = await runCli(["kv", "node"], { env: { TENFOLD_KV_TLS_KEY: "/nowhere" } });
  assert.match(unread.err, /TENFOLD_KV_TLS_KEY names a file that cannot be read/);
});
