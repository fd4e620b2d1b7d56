/** Who one is here, and the way out. The browser's own popover: opens, closes and keeps focus by itself. */
import { Avatar, Button, Divider, Text, UnstyledButton } from "@mantine/core";
import { IconLogout, IconSettings } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useId, useRef } from "react";
import { useMe, useSignOut } from "./session.ts";

function initials(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter((word) => word !== "");
  return words
    .slice(0, 2)
    .map((word) => Array.from(word)[0]?.toUpperCase() ?? "")
    .join("");
}

/** At the right end of the header. */
export function AccountMenu() {
  const me = useMe();
  const signOut = useSignOut();
  const id = useId();
  const sheet = useRef<HTMLDivElement>(null);
  if (me === undefined) return null;
  return (
    <>
      <UnstyledButton popoverTarget={id} aria-label="Your account" className="account-button">
        <Avatar color="sea" radius="xl" size={34}>
          {initials(me.name ?? me.email)}
        </Avatar>
      </UnstyledButton>
      <div id={id} ref={sheet} popover="auto" className="account-sheet">
        {me.name === null ? null : (
          <Text size="sm" fw={600} truncate px="sm">
            {me.name}
          </Text>
        )}
        <Text size="xs" c="dimmed" truncate px="sm">
          {me.email}
        </Text>
        <Divider my="xs" />
        <Button
          variant="subtle"
          color="gray"
          fullWidth
          justify="flex-start"
          leftSection={<IconSettings size={18} />}
          renderRoot={(props) => <Link {...props} to="/settings" />}
          onClick={() => sheet.current?.hidePopover()}
        >
          Settings
        </Button>
        <Button
          variant="subtle"
          color="gray"
          fullWidth
          justify="flex-start"
          leftSection={<IconLogout size={18} />}
          loading={signOut.isPending}
          onClick={() => signOut.mutate()}
        >
          Sign out
        </Button>
      </div>
    </>
  );
}
