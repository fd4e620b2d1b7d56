/** The platform's own error codes: what any route may answer besides its own. */
import { defineErrors } from "@tenfold/core";

export const httpErrors = defineErrors({
  request_malformed: { status: 400, title: "The request is not valid HTTP" },
  validation_failed: { status: 400, title: "Some fields are missing or not allowed" },
  body_malformed: { status: 400, title: "The body cannot be read" },
  cursor_invalid: { status: 400, title: "The cursor is not one of ours" },
  idempotency_key_invalid: { status: 400, title: "The Idempotency-Key cannot be used" },
  sign_in_required: { status: 401, title: "Sign in first" },
  credentials_invalid: { status: 401, title: "The credentials are unknown, expired or revoked" },
  scope_missing: { status: 403, title: "The API key lacks the scope" },
  session_required: { status: 403, title: "An API key may not do this" },
  admin_required: { status: 403, title: "Only an administrator may do this" },
  origin_forbidden: { status: 403, title: "The request comes from another site" },
  route_not_found: { status: 404, title: "There is nothing at this address" },
  method_not_allowed: { status: 405, title: "This address does not take this method" },
  request_timeout: { status: 408, title: "The request took too long to arrive", retryable: true },
  idempotency_in_progress: {
    status: 409,
    title: "The first request with this Idempotency-Key is still running",
    retryable: true,
  },
  precondition_failed: { status: 412, title: "The thing has changed since you read it" },
  body_too_large: { status: 413, title: "The body is too large" },
  content_type_unsupported: { status: 415, title: "The body's content type is not taken here" },
  idempotency_key_reused: {
    status: 422,
    title: "The Idempotency-Key was used for another request",
  },
  rate_limited: { status: 429, title: "Too many requests", retryable: true },
  headers_too_large: { status: 431, title: "The request's headers are too large" },
  internal: { status: 500, title: "Something went wrong on our side" },
  server_stopping: { status: 503, title: "The server is stopping", retryable: true },
});
