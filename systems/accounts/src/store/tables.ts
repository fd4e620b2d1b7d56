/** The tables as Kysely sees them. 64-bit IDs are decimal text. */
import type { Kysely } from "kysely";

export type Role = "admin" | "member";

export interface AccountRow {
  id: string;
  email: string;
  email_key: string;
  name: string | null;
  role: Role;
  password_hash: string;
  password_version: number;
  created_at: Date;
}

export interface SessionRow {
  id: string;
  account_id: string;
  token_hash: Buffer;
  user_agent: string | null;
  network: string | null;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
}

export interface ApiKeyRow {
  id: string;
  account_id: string;
  key_hash: Buffer;
  name: string;
  hint: string;
  scopes: string[];
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}

export interface InvitationRow {
  id: string;
  code_hash: Buffer;
  email: string | null;
  email_key: string | null;
  invited_by: string | null;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
  used_by: string | null;
}

export interface Tables {
  accounts: AccountRow;
  founding: { only_row: boolean; account_id: string; founded_at: Date };
  sessions: SessionRow;
  api_keys: ApiKeyRow;
  invitations: InvitationRow;
}

/** The database, or a transaction on it. */
export type Db = Kysely<Tables>;

/** One page of a list, newest first. */
export interface PageRequest {
  limit: number;
  /** Only what is older than this ID. */
  before: string | undefined;
}
