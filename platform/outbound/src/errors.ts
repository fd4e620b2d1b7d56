import { defineErrors } from "@tenfold/core";

export const outboundErrors = defineErrors({
  url_invalid: { status: 400, title: "The URL cannot be fetched" },
  address_forbidden: { status: 400, title: "The URL leads to an address that is not public" },
  fetch_failed: { status: 502, title: "The URL did not answer as it should", retryable: true },
  fetch_timeout: { status: 504, title: "The URL did not answer in time", retryable: true },
  fetch_busy: { status: 503, title: "Too many URLs are being fetched", retryable: true },
});
