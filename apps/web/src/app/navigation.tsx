/** Where one can go. */
import { NavLink } from "@mantine/core";
import {
  IconActivityHeartbeat,
  IconChartDonut,
  IconDatabase,
  IconFlag,
  IconGauge,
  IconLink,
  IconSettings,
} from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useMe } from "./session.ts";

const everyone = [
  { to: "/links", label: "Links", Icon: IconLink },
  { to: "/settings", label: "Settings", Icon: IconSettings },
] as const;
const administrators = [
  { to: "/reports", label: "Reports", Icon: IconFlag },
  { to: "/console", label: "Console", Icon: IconActivityHeartbeat },
  { to: "/limits", label: "Limits", Icon: IconGauge },
  { to: "/hashing", label: "Hashing", Icon: IconChartDonut },
  { to: "/store", label: "Key-value store", Icon: IconDatabase },
] as const;

/** The list of pages for the one signed in. `onNavigate` lets a drawer close itself. */
export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  const me = useMe();
  const { pathname } = useLocation();
  const places = me?.role === "admin" ? [...everyone, ...administrators] : everyone;
  return (
    <nav aria-label="Main">
      <ul className="plain-list">
        {places.map(({ to, label, Icon }) => {
          const active = pathname.startsWith(to);
          return (
            <li key={to}>
              <NavLink
                component={Link}
                to={to}
                label={label}
                active={active}
                aria-current={active ? "page" : undefined}
                leftSection={<Icon size={18} />}
                {...(onNavigate !== undefined && { onClick: onNavigate })}
                my={2}
                bdrs="md"
              />
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
