import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "@tenfold/core";
import { createAddressCheck } from "./addresses.ts";

const check = createAddressCheck({ allowPrivate: [], forbid: [] });
const isForbidden = (error: unknown): boolean => hasCode(error, "address_forbidden");

const forbidden: Record<string, readonly string[]> = {
  "unspecified or this network": ["0.0.0.0", "0.1.2.3", "::"],
  loopback: ["127.0.0.1", "127.255.255.254", "::1"],
  private: ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
  "link-local, cloud metadata among it": ["169.254.169.254", "fe80::1", "febf::1"],
  "unique local": ["fc00::1", "fd00:ec2::254"],
  "site-local (deprecated)": ["fec0::1"],
  CGNAT: ["100.64.0.1", "100.100.100.200", "100.127.255.255"],
  multicast: ["224.0.0.1", "239.255.255.255", "ff02::1"],
  "reserved or broadcast": ["240.0.0.1", "255.255.255.255", "192.0.0.192", "192.88.99.1"],
  benchmarking: ["198.18.0.1", "198.19.255.255", "2001:2::1"],
  documentation: ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
  "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:7f00:1"],
  "IPv4-compatible (deprecated)": ["::127.0.0.1", "::8.8.8.8"],
  "IPv4-translated": ["::ffff:0:127.0.0.1"],
  NAT64: ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
  "6to4": ["2002:7f00:1::1", "2002:808:808::1"],
  Teredo: ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
  "discard-only": ["100::1"],
  "outside global unicast": ["4000::1", "5f00::1", "e000::1"],
  "a platform's own": ["168.63.129.16"],
  "not an address": ["", "example.com", "fe80::1%eth0"],
};

for (const [kind, addresses] of Object.entries(forbidden)) {
  test(`refuses an address that is ${kind}`, () => {
    for (const address of addresses) assert.throws(() => check(address, 80), isForbidden, address);
  });
}

test("allows global unicast addresses, up to the edges of what is refused", () => {
  for (const address of [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
  ]) {
    assert.doesNotThrow(() => check(address, 443), address);
  }
});

test("refuses blocks the operator names, in either family", () => {
  const own = createAddressCheck({ allowPrivate: [], forbid: ["8.8.8.0/24", "2a00:1::/32"] });
  assert.throws(() => own("8.8.8.8", 80), isForbidden);
  assert.throws(() => own("2a00:1::5", 80), isForbidden);
  assert.doesNotThrow(() => own("8.8.4.4", 80));
  assert.throws(() => createAddressCheck({ allowPrivate: [], forbid: ["8.8.8.8"] }), RangeError);
});

test("an allowed private address is allowed on its port only", () => {
  const own = createAddressCheck({ allowPrivate: ["127.0.0.1:8080", "[::1]:8080"], forbid: [] });
  assert.doesNotThrow(() => own("127.0.0.1", 8080));
  assert.doesNotThrow(() => own("::1", 8080));
  assert.throws(() => own("127.0.0.1", 8081), isForbidden);
  assert.throws(() => own("127.0.0.2", 8080), isForbidden);
});

test("a refusal does not tell the address", () => {
  assert.throws(
    () => check("10.1.2.3", 80),
    (error) => !String(error).includes("10.1.2.3"),
  );
});
