/** Light, dark, or as the system has it: one button that goes through the three. */
import { ActionIcon, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";

const schemes = {
  auto: { label: "as the system", Icon: IconDeviceDesktop, next: "light" },
  light: { label: "light", Icon: IconSun, next: "dark" },
  dark: { label: "dark", Icon: IconMoon, next: "auto" },
} as const;

/** Tells what is chosen and, when pressed, chooses the next. */
export function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { label, Icon, next } = schemes[colorScheme];
  const title = `Colours: ${label}. Change to ${schemes[next].label}`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      title={title}
      aria-label={title}
      onClick={() => setColorScheme(next)}
    >
      <Icon size={20} />
    </ActionIcon>
  );
}
