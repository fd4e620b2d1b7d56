/** Chooses what time to look at, and in which steps. */
import { Group, NativeSelect, SegmentedControl, Stack, TextInput } from "@mantine/core";
import {
  bucketsOf,
  naturalBucket,
  rangeNames,
  type Bucket,
  type RangeChoice,
  type RangeName,
} from "./click-range.ts";

const bucketLabels: Readonly<Record<Bucket, string>> = {
  hour: "by hour",
  day: "by day",
  month: "by month",
};

export interface RangePickerProps {
  range: RangeChoice;
  onChange: (range: RangeChoice) => void;
}

/** Four usual ranges and one's own. */
export function RangePicker({ range, onChange }: RangePickerProps) {
  const buckets = bucketsOf[range.name];
  const chooseName = (name: RangeName): void =>
    onChange({ ...range, name, by: naturalBucket[name] });
  const chooseBucket = (text: string): void => {
    const by = buckets.find((bucket) => bucket === text);
    if (by !== undefined) onChange({ ...range, by });
  };
  return (
    <Stack gap="xs" align="flex-end" className="range-picker">
      <Group gap="xs" justify="flex-end">
        <SegmentedControl
          size="xs"
          aria-label="Range"
          data={[...rangeNames]}
          value={range.name}
          onChange={chooseName}
        />
        <NativeSelect
          size="xs"
          aria-label="Steps"
          data={buckets.map((value) => ({ value, label: bucketLabels[value] }))}
          value={range.by}
          onChange={(event) => chooseBucket(event.currentTarget.value)}
          disabled={buckets.length < 2}
        />
      </Group>
      {range.name === "custom" ? (
        <Group gap="xs" justify="flex-end">
          <TextInput
            size="xs"
            type="datetime-local"
            aria-label="From"
            value={range.from}
            onChange={(event) => onChange({ ...range, from: event.currentTarget.value })}
          />
          <TextInput
            size="xs"
            type="datetime-local"
            aria-label="To"
            value={range.to}
            onChange={(event) => onChange({ ...range, to: event.currentTarget.value })}
          />
        </Group>
      ) : null}
    </Stack>
  );
}
