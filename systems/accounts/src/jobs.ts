/** Background work of accounts: what has ended is deleted once a day. */
import { worker, type JobSpec, type JobWorker } from "@tenfold/jobs";
import { Type } from "typebox";
import { liveAt, type AccountsContext } from "./service/context.ts";
import { purgeInvitations } from "./store/invitations.ts";
import { purgeSessions } from "./store/sessions.ts";

const Nothing = Type.Object({});

const purgeEnded = {
  name: "accounts.purge-ended",
  data: Nothing,
} satisfies JobSpec<typeof Nothing>;

/** Sessions deleted in one statement. */
const purgeBatch = 2000;
/** Used and expired invitations are kept this long. */
const invitationKeptMs = 30 * 86_400_000;

/** Deletes sessions that have ended and invitations long over. Idempotent. */
export async function purge(
  context: Pick<AccountsContext, "clock" | "db" | "options">,
  signal?: AbortSignal,
): Promise<void> {
  await purgeInvitations(context.db, new Date(context.clock.now() - invitationKeptMs));
  for (;;) {
    signal?.throwIfAborted();
    const deleted = await purgeSessions(context.db, liveAt(context), purgeBatch);
    if (deleted < purgeBatch) return;
  }
}

/** The workers that accounts brings. */
export function accountWorkers(context: AccountsContext): readonly JobWorker[] {
  return [
    worker(purgeEnded, ({ signal }) => purge(context, signal), {
      cron: "23 3 * * *",
      cronData: {},
    }),
  ];
}
