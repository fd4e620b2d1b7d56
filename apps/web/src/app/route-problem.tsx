/** What is shown when a page cannot be. */
import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { ProblemNotice } from "./problem-notice.tsx";

/** A page that failed to load. */
export function RouteProblem({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <Container size="sm" py="xl">
      <ProblemNotice error={error} onRetry={() => void router.invalidate()} />
    </Container>
  );
}

/** An address no page has. */
export function RouteUnknown() {
  return (
    <Container size="sm" py={80}>
      <Stack align="flex-start">
        <Title order={1} size="h2">
          There is no such page
        </Title>
        <Text c="dimmed">The address may be mistyped, or the page has moved.</Text>
        <Button component={Link} to="/links">
          To your links
        </Button>
      </Stack>
    </Container>
  );
}
