/** Every address of the app, and who may see it. Pages load when first visited. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import type { LinkFilter } from "../links/queries.ts";
import { RouteProblem, RouteUnknown } from "./route-problem.tsx";
import { PageSkeleton } from "./page-skeleton.tsx";
import { queryClient } from "./query-client.ts";
import { meQuery } from "./session.ts";
import { Shell } from "./shell.tsx";

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const rootRoute = createRootRoute({ notFoundComponent: RouteUnknown });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): { invitation?: string; from?: string } => {
    // A code of digits only arrives as a number.
    const invitation = textOf(search["invitation"]) ?? digits(search["invitation"]);
    const from = textOf(search["from"]);
    return {
      ...(invitation === undefined ? {} : { invitation }),
      ...(from === undefined ? {} : { from }),
    };
  },
  component: lazyRouteComponent(() => import("../accounts/sign-in-page.tsx"), "SignInPage"),
});

function digits(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : undefined;
}

const reportRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/report",
  validateSearch: (search): { link?: string } => {
    const link = textOf(search["link"]) ?? digits(search["link"]);
    return link === undefined ? {} : { link };
  },
  component: lazyRouteComponent(() => import("../links/report-page.tsx"), "ReportPage"),
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: async ({ location }) => {
    const me = await queryClient.ensureQueryData(meQuery);
    if (me === null) {
      const from = location.pathname === "/" ? {} : { from: location.href };
      throw redirect({ to: "/sign-in", search: from });
    }
    return { me };
  },
  component: Shell,
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/links", replace: true });
  },
});

const linksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/links",
  validateSearch: (search): LinkFilter => {
    const words = textOf(search["search"]) ?? digits(search["search"]);
    const tag = textOf(search["tag"]) ?? digits(search["tag"]);
    return { ...(words !== undefined && { search: words }), ...(tag !== undefined && { tag }) };
  },
  component: lazyRouteComponent(() => import("../links/links-page.tsx"), "LinksPage"),
});

const linkRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/links/$id",
  component: lazyRouteComponent(() => import("../links/link-page.tsx"), "LinkPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("../accounts/settings-page.tsx"), "SettingsPage"),
});

const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  id: "admin",
  beforeLoad: ({ context }) => {
    if (context.me.role !== "admin") throw redirect({ to: "/links", replace: true });
  },
});

const reportsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/reports",
  component: lazyRouteComponent(() => import("../links/reports-page.tsx"), "ReportsPage"),
});

const consoleRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/console",
  component: lazyRouteComponent(() => import("../console/console-page.tsx"), "ConsolePage"),
});

const limitsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/limits",
  component: lazyRouteComponent(() => import("../console/limits/limits-page.tsx"), "LimitsPage"),
});

const hashingRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/hashing",
  component: lazyRouteComponent(() => import("../console/hashing/hashing-page.tsx"), "HashingPage"),
});

const storeRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: "/store",
  component: lazyRouteComponent(() => import("../console/store/store-page.tsx"), "StorePage"),
});

/** The router; its type is registered below so that every `<Link to>` is checked. */
export const router = createRouter({
  basepath: "/app",
  routeTree: rootRoute.addChildren([
    signInRoute,
    reportRoute,
    shellRoute.addChildren([
      homeRoute,
      linksRoute,
      linkRoute,
      settingsRoute,
      adminRoute.addChildren([reportsRoute, consoleRoute, limitsRoute, hashingRoute, storeRoute]),
    ]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: RouteProblem,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
