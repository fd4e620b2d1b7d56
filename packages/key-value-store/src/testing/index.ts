/** `@tenfold/key-value-store/testing`: what tests of whole clusters need. */
export { linearize, type RegisterDeed } from "./linearizability.ts";
export { testCertificate, testKey } from "../wire/testing/certificate.ts";
