/** For administrators: which limits hold, whom they refuse, and how to change them. */
import "../../app/more-styles.css";
import { Alert, SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { IconAlertTriangle, IconGauge } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { LimitRule, LimitRules } from "@tenfold/rate-limits/contract";
import { useState } from "react";
import { Nothing } from "../../app/nothing.tsx";
import { Page } from "../../app/page.tsx";
import { ProblemNotice } from "../../app/problem-notice.tsx";
import { EditRuleDialog } from "./edit-rule-dialog.tsx";
import { limitsQuery } from "./limits-query.ts";
import { RuleCard } from "./rule-card.tsx";

type Shown = "all" | "refusing" | "changed";

const filters: Record<Shown, (rule: LimitRule) => boolean> = {
  all: () => true,
  refusing: ({ counts }) => counts.refused + counts.wouldRefuse > 0,
  changed: ({ edit, source }) => edit !== null || source === "file",
};

/** The page at `/limits`. */
export function LimitsPage() {
  const { data, error, refetch } = useQuery(limitsQuery);
  const [shown, setShown] = useState<Shown>("all");
  const [editing, setEditing] = useState<LimitRule>();
  const rules = data?.items.filter(filters[shown]) ?? [];
  return (
    <Page
      title="Limits"
      description={
        data === undefined
          ? undefined
          : `${data.items.length} rules, counted in ${data.store === "redis" ? "Redis, for all processes" : "the memory of this process"}. Figures are of the process that answers.`
      }
    >
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {data === undefined ? (
        error === null ? (
          <Skeleton height={400} />
        ) : null
      ) : (
        <Stack gap="md">
          <Warnings rules={data} />
          <SegmentedControl
            aria-label="Rules shown"
            value={shown}
            onChange={(value) => setShown(value)}
            data={[
              { value: "all", label: "All" },
              { value: "refusing", label: "Refusing" },
              { value: "changed", label: "Changed" },
            ]}
          />
          {rules.length === 0 ? (
            <Nothing
              Icon={IconGauge}
              title={shown === "refusing" ? "Nobody is refused" : "Nothing is changed"}
              text="Counts begin anew when a process starts."
            />
          ) : (
            <Stack gap="md" component="ul" className="plain-list">
              {rules.map((rule) => (
                <RuleCard key={rule.name} rule={rule} onEdit={() => setEditing(rule)} />
              ))}
            </Stack>
          )}
        </Stack>
      )}
      <EditRuleDialog rule={editing} onClose={() => setEditing(undefined)} />
    </Page>
  );
}

function Warnings({ rules }: { rules: LimitRules }) {
  return (
    <>
      {rules.healthy ? null : (
        <Alert color="orange" icon={<IconAlertTriangle />} title="Redis does not answer">
          Each process grants its share of every limit by itself until Redis is back.
        </Alert>
      )}
      {rules.fileProblem === null ? null : (
        <Alert color="red" icon={<IconAlertTriangle />} title="The rules file is not used">
          {rules.fileProblem} The rules from before it was changed hold.
        </Alert>
      )}
    </>
  );
}
