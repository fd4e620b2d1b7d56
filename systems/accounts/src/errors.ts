/** What can go wrong with accounts, by code. */
import { defineErrors } from "@tenfold/core";

export const accountErrors = defineErrors({
  email_taken: { status: 409, title: "There is an account with this email address" },
  sign_up_closed: { status: 403, title: "Nobody can sign up here" },
  invitation_invalid: { status: 403, title: "The invitation is missing, used up or expired" },
  credentials_wrong: { status: 401, title: "The email address or the password is wrong" },
  too_many_attempts: { status: 429, title: "Too many attempts", retryable: true },
  session_not_found: { status: 404, title: "You have no such session" },
  api_key_not_found: { status: 404, title: "You have no such API key" },
  expiry_in_past: { status: 422, title: "The expiry must lie in the future" },
  too_many_keys: { status: 409, title: "You have as many API keys as an account may have" },
  invitation_not_found: { status: 404, title: "There is no such open invitation" },
  too_many_invitations: { status: 409, title: "There are too many open invitations" },
  account_not_found: { status: 404, title: "There is no such account" },
});
