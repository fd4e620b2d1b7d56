/** Shorten, and what was shortened before. */
import { Paper } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Page } from "../app/page.tsx";
import { LinkList } from "./link-list.tsx";
import { ManyLinks } from "./many-links.tsx";
import { ShortenForm } from "./shorten-form.tsx";

/** The first page one sees after signing in. */
export function LinksPage() {
  useDocumentTitle("Links · Tenfold");
  return (
    <Page title="Links" actions={<ManyLinks />}>
      <Paper className="surface" p={{ base: "md", sm: "lg" }}>
        <ShortenForm />
      </Paper>
      <LinkList />
    </Page>
  );
}
