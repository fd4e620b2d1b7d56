/** Which redirect to answer, in plain words: what is cached cannot be counted or changed. */
import { Radio, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { SettingsGroup } from "./settings-group.tsx";
import type { LinkStatus } from "./link-values.ts";

const choices: readonly { value: LinkStatus; label: string; description: string }[] = [
  {
    value: 302,
    label: "302 Found: countable",
    description:
      "Browsers ask here each time. Every click is counted and the target can change later. The right one, mostly.",
  },
  {
    value: 301,
    label: "301 Moved permanently: cacheable",
    description:
      "Browsers and search engines remember the target. Repeated clicks are faster but not counted, and a change may never reach those who came before.",
  },
  {
    value: 307,
    label: "307 Temporary: countable, keeps the method",
    description: "Like 302, but a POST stays a POST. For API endpoints and forms.",
  },
  {
    value: 308,
    label: "308 Permanent: cacheable, keeps the method",
    description: "Like 301, but a POST stays a POST.",
  },
];

export interface StatusChoiceProps {
  value?: LinkStatus;
  onChange?: (status: LinkStatus) => void;
  error?: ReactNode;
}

/** Four radios with an explanation each. */
export function StatusChoice({ value, onChange, error }: StatusChoiceProps) {
  const choose = (text: string): void => {
    const choice = choices.find((choice) => String(choice.value) === text);
    if (choice !== undefined) onChange?.(choice.value);
  };
  return (
    <SettingsGroup title="Kind of redirect" description="Cacheable, or countable?">
      <Radio.Group
        aria-label="Kind of redirect"
        value={String(value)}
        onChange={choose}
        error={error}
      >
        <Stack gap="xs">
          {choices.map(({ value, label, description }) => (
            <Radio key={value} value={String(value)} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
    </SettingsGroup>
  );
}
