/** What every page inside the shell has: a title for people, tabs and screen readers. */
import { Stack } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { Heading, type HeadingProps } from "./heading.tsx";

export interface PageProps extends HeadingProps {
  children: ReactNode;
}

/** A page with its heading. */
export function Page({ children, ...heading }: PageProps) {
  useDocumentTitle(`${heading.title} · Tenfold`);
  return (
    <Stack gap="lg">
      <Heading order={1} size="h2" {...heading} />
      {children}
    </Stack>
  );
}
