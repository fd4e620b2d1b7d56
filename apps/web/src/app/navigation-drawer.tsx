/** The navigation on a phone. */
import "./more-styles.css";
import { Drawer } from "@mantine/core";
import { Navigation } from "./navigation.tsx";

export interface NavigationDrawerProps {
  opened: boolean;
  onClose: () => void;
}

/** Slides in from the burger's side; keeps focus inside while open. */
export function NavigationDrawer({ opened, onClose }: NavigationDrawerProps) {
  return (
    <Drawer opened={opened} onClose={onClose} size="16rem" title="Tenfold" hiddenFrom="sm">
      <Navigation onNavigate={onClose} />
    </Drawer>
  );
}
