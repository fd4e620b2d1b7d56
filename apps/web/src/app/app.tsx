/** The providers around every page. */
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { queryClient } from "./query-client.ts";
import { router } from "./router.tsx";
import { theme } from "./theme.ts";

// The same key is read by public/color-scheme.js before the first paint.
const colorSchemeManager = localStorageColorSchemeManager({ key: "tenfold-color-scheme" });

// Nothing is said in the first moment; what is shown before they arrive waits in their store.
const Toasts = lazy(async () => ({ default: (await import("./toasts.tsx")).Toasts }));

/** The whole app. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
      <Suspense>
        <Toasts />
      </Suspense>
    </MantineProvider>
  );
}
