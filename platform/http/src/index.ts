export * from "./http.ts";
export * from "./routes.ts";
