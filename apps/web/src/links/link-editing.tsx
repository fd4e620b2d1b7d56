/** All that changes a link, in a file of its own: it loads when it is asked for. */
import "../app/more-styles.css";
import { Stack } from "@mantine/core";
import type { Link } from "@tenfold/url-shortener/contract";
import { LinkDanger } from "./link-danger.tsx";
import { LinkEditor } from "./link-editor.tsx";

/** The second tab of a link's page. */
export function LinkEditing({ link }: { link: Link }) {
  return (
    <Stack gap="lg">
      <LinkEditor link={link} />
      <LinkDanger link={link} />
    </Stack>
  );
}
