/** An error as a person should read it: what happened, and what to do. */
import { Alert, Button, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { describeProblem, mayPass } from "./problems.ts";

export interface ProblemNoticeProps {
  /** Nothing is shown for undefined or null. */
  error: unknown;
  /** Offered only where another try might succeed. */
  onRetry?: (() => void) | undefined;
}

/** Shows an error with its hint. */
export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
  if (error === undefined || error === null) return null;
  const { title, detail, hint, fields } = describeProblem(error);
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle />} title={title}>
      {detail === undefined ? null : <Text size="sm">{detail}</Text>}
      {fields.length === 0 ? null : (
        <ul className="problem-fields">
          {fields.map((field) => (
            <li key={field.field + field.detail}>
              {field.field === "" ? field.detail : `${field.field}: ${field.detail}`}
            </li>
          ))}
        </ul>
      )}
      {hint === undefined ? null : (
        <Text size="sm" mt="xs">
          {hint}
        </Text>
      )}
      {onRetry === undefined || !mayPass(error) ? null : (
        <Button mt="sm" size="xs" color="red" variant="light" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}
