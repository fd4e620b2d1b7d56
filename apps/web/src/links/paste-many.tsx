/** One URL per line. */
import { Button, Group, Stack, TagsInput, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call, newIdempotencyKey } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { BulkResults } from "./bulk-results.tsx";
import { linksChanged } from "./queries.ts";

const URLS_MAX = 10_000;

/** The lines that hold something. */
function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Shortens every line and tells of each how it went. */
export function PasteMany() {
  const [text, setText] = useState("");
  const [tags, setTags] = useState<string[]>([]);
  const urls = linesOf(text);
  const shorten = useMutation({
    mutationFn: async (urls: readonly string[]) => {
      const items = urls.map((url) => ({ url, ...(tags.length > 0 && { tags }) }));
      const idempotencyKey = newIdempotencyKey();
      const { body } = await call("POST /v1/links/bulk", { body: { items }, idempotencyKey });
      return { result: body, inputs: urls };
    },
    onSuccess: () => linksChanged(),
  });
  if (shorten.isSuccess) return <BulkResults {...shorten.data} onAgain={shorten.reset} />;
  const tooMany = urls.length > URLS_MAX;
  return (
    <Stack>
      <Textarea
        label="URLs"
        description="One per line, up to 10,000"
        placeholder={"https://example.com/one\nhttps://example.com/two"}
        autosize
        minRows={6}
        maxRows={14}
        spellCheck={false}
        data-autofocus
        value={text}
        error={tooMany ? "These are more than 10,000." : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <TagsInput label="Tags for all of them" maxTags={20} value={tags} onChange={setTags} />
      <ProblemNotice error={shorten.error} />
      <Group justify="flex-end">
        <Button
          disabled={urls.length === 0 || tooMany}
          loading={shorten.isPending}
          onClick={() => shorten.mutate(urls)}
        >
          {urls.length < 2 ? "Shorten" : `Shorten ${urls.length} URLs`}
        </Button>
      </Group>
    </Stack>
  );
}
