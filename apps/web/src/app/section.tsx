/** A bordered part of a page with a heading of its own. */
import { Paper, Stack } from "@mantine/core";
import { useId, type ReactNode } from "react";
import { Heading, type HeadingProps } from "./heading.tsx";

export interface SectionProps extends HeadingProps {
  children: ReactNode;
}

/** A section, announced by its title. */
export function Section({ children, ...heading }: SectionProps) {
  const id = useId();
  return (
    <Paper
      component="section"
      className="surface"
      p={{ base: "md", sm: "lg" }}
      aria-labelledby={id}
    >
      <Stack gap="md">
        <Heading id={id} order={2} size="h4" {...heading} />
        {children}
      </Stack>
    </Paper>
  );
}
