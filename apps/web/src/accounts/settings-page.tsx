/** One's own account, and for administrators who else may come in. */
import "../app/more-styles.css";
import { Stack } from "@mantine/core";
import { Page } from "../app/page.tsx";
import { useMe } from "../app/session.ts";
import { InvitationsSection } from "./invitations-section.tsx";
import { KeysSection } from "./keys-section.tsx";
import { NameSection } from "./name-section.tsx";
import { PasswordSection } from "./password-section.tsx";
import { SessionsSection } from "./sessions-section.tsx";

/** The page at `/settings`. */
export function SettingsPage() {
  const me = useMe();
  if (me === undefined) return null;
  return (
    <Page title="Settings" description={me.email}>
      <Stack gap="lg" maw={760}>
        <NameSection me={me} />
        <PasswordSection email={me.email} />
        <SessionsSection />
        <KeysSection />
        {me.role === "admin" ? <InvitationsSection /> : null}
      </Stack>
    </Page>
  );
}
