import assert from "node:assert/strict";
import test from "node:test";
import { emailKeyOf } from "./email.ts";
import { attemptNetworkOf, shownNetworkOf } from "./network.ts";

test("IPv4 counts by address and is shown by /24", () => {
  assert.equal(attemptNetworkOf("192.0.2.77"), "192.0.2.77");
  assert.equal(shownNetworkOf("192.0.2.77"), "192.0.2.0/24");
});

test("IPv6 counts by /64 however it is written, and is shown by /48", () => {
  for (const address of [
    "2001:db8:1:2:3:4:5:6",
    "2001:db8:1:2::1",
    "2001:0DB8:0001:0002:ffff:ffff:ffff:ffff",
    "2001:db8:1:2::192.0.2.1",
    "2001:db8:1:2::1%eth0",
  ]) {
    assert.equal(attemptNetworkOf(address), "2001:db8:1:2::/64");
    assert.equal(shownNetworkOf(address), "2001:db8:1::/48");
  }
  assert.equal(attemptNetworkOf("2001:db8:1:3::1"), "2001:db8:1:3::/64");
  assert.equal(attemptNetworkOf("::1"), "::/64");
});

test("an IPv4 caller on a dual-stack socket is an IPv4 caller", () => {
  assert.equal(attemptNetworkOf("::ffff:192.0.2.77"), "192.0.2.77");
  assert.equal(attemptNetworkOf("::ffff:c000:24d"), "192.0.2.77");
  assert.equal(shownNetworkOf("::ffff:192.0.2.77"), "192.0.2.0/24");
});

test("what is no address is one network of its own", () => {
  assert.equal(attemptNetworkOf("unix:"), "unreadable");
  assert.equal(shownNetworkOf(""), undefined);
});

test("email addresses are compared without case, and impossible ones have no key", () => {
  assert.equal(emailKeyOf(" Ada@Example.ORG "), "ada@example.org");
  assert.equal(emailKeyOf("STRASSE@ÉCOLE.fr"), emailKeyOf("strasse@e\u0301cole.FR"));
  for (const text of ["", "ada", "a\0@b.c", "a\ud800@b.c", `${"a".repeat(250)}@b.cd`]) {
    assert.equal(emailKeyOf(text), undefined);
  }
});
