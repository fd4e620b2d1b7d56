/** `@tenfold/rate-limiter/nft`: address rules for the kernel. */
export { nftDefaults, nftRuleset, type NftOptions, type NftRuleset } from "./ruleset.ts";
