/** Stands where a page will be. */
import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";

/** Shown while a page's code is on its way. */
export function PageSkeleton() {
  return (
    <Stack gap="lg" aria-live="polite">
      <VisuallyHidden>Loading</VisuallyHidden>
      <Skeleton height={34} width={180} />
      <Skeleton height={130} />
      <Skeleton height={260} />
    </Stack>
  );
}
