/** For anyone: tells the administrators of a link that does harm. */
import "../app/more-styles.css";
import { Alert, Button, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { CallOf } from "@tenfold/client";
import type { LinkRoutes } from "@tenfold/url-shortener/contract";
import { call } from "../app/api.ts";
import { CentredPage } from "../app/centred-page.tsx";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { namedAlike } from "../app/problems.ts";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { reasons } from "./report-reasons.ts";

type NewReport = CallOf<LinkRoutes["POST /v1/reports"]>["body"];

const route = getRouteApi("/report");

interface Values {
  link: string;
  reason: NewReport["reason"] | null;
  comment: string;
}

/** The page at `/report?link=…`. */
export function ReportPage() {
  const { link = "" } = route.useSearch();
  const form = useForm<Values>({
    initialValues: { link, reason: null, comment: "" },
    validate: {
      link: (value) => (value.trim() === "" ? "Which link is it?" : null),
      reason: (value) => (value === null ? "What is wrong with it?" : null),
    },
  });
  const { unplaced, clear, place } = usePlacedProblem(form, {
    fieldOf: namedAlike("link", "reason", "comment"),
    codes: { link_not_found: "link" },
  });
  const report = useMutation({
    mutationFn: (body: NewReport) => call("POST /v1/reports", { body }),
    onMutate: clear,
    onError: place,
  });
  if (report.isSuccess) {
    return (
      <CentredPage title="Thank you">
        <Alert color="teal" icon={<IconCheck />} aria-live="polite">
          Your report has arrived. Someone will look at the link.
        </Alert>
      </CentredPage>
    );
  }
  const send = ({ link, reason, comment }: Values): void => {
    if (reason === null) return;
    const words = comment.trim();
    report.mutate({ link: link.trim(), reason, ...(words !== "" && { comment: words }) });
  };
  return (
    <CentredPage
      title="Report a link"
      description="Tell us about a short link that deceives or harms people. No account is needed."
    >
      <form onSubmit={form.onSubmit(send)} noValidate>
        <Stack>
          <TextInput
            label="Short link"
            placeholder={`${window.location.host}/abc123`}
            inputMode="url"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={2048}
            {...form.getInputProps("link")}
          />
          <Select
            label="What is wrong"
            placeholder="Choose"
            data={[...reasons]}
            {...form.getInputProps("reason")}
          />
          <Textarea
            label="Anything else"
            description="May be left empty"
            autosize
            minRows={3}
            maxRows={8}
            maxLength={2000}
            {...form.getInputProps("comment")}
          />
          <ProblemNotice error={unplaced} />
          <Button type="submit" loading={report.isPending}>
            Send report
          </Button>
        </Stack>
      </form>
    </CentredPage>
  );
}
