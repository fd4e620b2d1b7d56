/** Good and bad calls of accounts. */
import type { AccountRoutes } from "@tenfold/accounts/contract";
import { email, inDays, page, unknown, type Entry } from "./entry.ts";
import { password } from "./world.ts";

export const accountCalls: Readonly<Record<keyof AccountRoutes, Entry>> = {
  "GET /v1/accounts/sign-up": { good: () => ({}) },
  "POST /v1/accounts": {
    async good({ admin }) {
      const { code } = (await admin.api("POST /v1/invitations", { body: {} })).body;
      return { body: { email: email(), password, name: "Ada", invitation: code } };
    },
    bad: ({ member }) => [
      {
        name: "an address that is taken",
        body: { email: member.email.toUpperCase(), password },
        status: 409,
        code: "email_taken",
      },
    ],
  },
  "POST /v1/sessions": {
    good: ({ member }) => ({ body: { email: member.email, password } }),
    bad: ({ member }) => [
      {
        name: "a wrong password",
        body: { email: member.email, password: "wrong, but long" },
        status: 401,
        code: "credentials_wrong",
      },
      {
        name: "an unknown address",
        body: { email: email(), password },
        status: 401,
        code: "credentials_wrong",
      },
    ],
  },
  "GET /v1/sessions": { good: () => ({ query: page }) },
  "DELETE /v1/sessions": { good: () => ({}) },
  "DELETE /v1/sessions/{id}": {
    async good({ platform, member }) {
      const body = { email: member.email, password };
      const { session } = (await platform.api()("POST /v1/sessions", { body })).body;
      return { params: { id: session.id } };
    },
    owned: "session_not_found",
    bad: () => [unknown("session_not_found")],
  },
  "GET /v1/me": { good: () => ({}) },
  "PATCH /v1/me": {
    // Of an account of its own: wrong passwords are counted.
    good: async ({ platform }) => ({
      token: (await platform.person(email())).token,
      body: { name: "Bea", password, currentPassword: password },
    }),
    bad: () => [
      {
        name: "a wrong current password",
        body: { password, currentPassword: "wrong" },
        status: 401,
        code: "credentials_wrong",
      },
      {
        name: "a new password without the current one",
        body: { password },
        status: 400,
        code: "validation_failed",
      },
    ],
  },
  "POST /v1/api-keys": {
    good: () => ({ body: { name: "key", scopes: ["links:read"], expiresAt: inDays(1) } }),
    bad: () => [
      {
        name: "an expiry in the past",
        body: { name: "key", scopes: ["links:read"], expiresAt: inDays(-1) },
        status: 422,
        code: "expiry_in_past",
      },
      {
        name: "a scope twice",
        body: { name: "key", scopes: ["links:read", "links:read"] },
        status: 400,
        code: "validation_failed",
      },
    ],
  },
  "GET /v1/api-keys": { good: () => ({ query: page }) },
  "DELETE /v1/api-keys/{id}": {
    async good({ member }) {
      const body = { name: "key", scopes: ["links:read" as const] };
      return { params: { id: (await member.api("POST /v1/api-keys", { body })).body.apiKey.id } };
    },
    owned: "api_key_not_found",
    bad: () => [unknown("api_key_not_found")],
  },
  "POST /v1/invitations": { good: () => ({ body: { email: email() } }) },
  "GET /v1/invitations": { good: () => ({ query: page }) },
  "DELETE /v1/invitations/{id}": {
    async good({ admin }) {
      const made = await admin.api("POST /v1/invitations", { body: {} });
      return { params: { id: made.body.invitation.id } };
    },
    bad: () => [unknown("invitation_not_found")],
  },
};
