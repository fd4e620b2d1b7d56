/** Links from a spreadsheet. */
import { Button, Code, FileInput, Group, Stack, Text } from "@mantine/core";
import { IconFileTypeCsv } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call, newIdempotencyKey } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { BulkResults } from "./bulk-results.tsx";
import { linksChanged } from "./queries.ts";

/** Uploads a file and tells of each row how it went. */
export function CsvImport() {
  const [file, setFile] = useState<File | null>(null);
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const body = await file.text();
      const idempotencyKey = newIdempotencyKey();
      const request = { body, contentType: "text/csv", idempotencyKey } as const;
      return (await call("POST /v1/links/import", request)).body;
    },
    onSuccess: () => linksChanged(),
  });
  if (upload.isSuccess) return <BulkResults result={upload.data} onAgain={upload.reset} />;
  return (
    <Stack>
      <Text size="sm" c="dimmed" component="div">
        The first line names the columns: <Code>url</Code>, and if you like <Code>slug</Code>{" "}
        <Code>title</Code> <Code>tags</Code> <Code>status</Code> <Code>validFrom</Code>{" "}
        <Code>validUntil</Code> <Code>maxVisits</Code>. Separate tags by semicolons. What was
        exported here can be imported again.
      </Text>
      <FileInput
        label="CSV file"
        placeholder="Choose a file"
        accept=".csv,text/csv"
        leftSection={<IconFileTypeCsv size={18} />}
        clearable
        value={file}
        onChange={setFile}
      />
      <ProblemNotice error={upload.error} />
      <Group justify="flex-end">
        <Button
          disabled={file === null}
          loading={upload.isPending}
          onClick={() => {
            if (file !== null) upload.mutate(file);
          }}
        >
          Import
        </Button>
      </Group>
    </Stack>
  );
}
