/** The frame around every page of someone signed in: header, navigation, content. */
import { Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { AccountMenu } from "./account-menu.tsx";
import { ColorSchemeSwitch } from "./color-scheme-switch.tsx";
import { Logo } from "./logo.tsx";
import { Navigation } from "./navigation.tsx";

// Only phones need it, and only once it is asked for.
const NavigationDrawer = lazy(async () => ({
  default: (await import("./navigation-drawer.tsx")).NavigationDrawer,
}));

/** The shell; the page comes in by the router's outlet. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="shell-header">
        <Group gap="sm" wrap="nowrap">
          <Burger
            opened={opened}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label="Navigation"
            aria-expanded={opened}
          />
          <Link to="/links" className="brand">
            <Logo />
            Tenfold
          </Link>
        </Group>
        <Group gap="xs" wrap="nowrap">
          <ColorSchemeSwitch />
          <AccountMenu />
        </Group>
      </header>
      <div className="shell-side">
        <Navigation />
      </div>
      <Suspense>{opened ? <NavigationDrawer opened onClose={close} /> : null}</Suspense>
      <main id="main" className="shell-main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
