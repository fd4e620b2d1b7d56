import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The platform serves `dist/` under `/app/`; its CSP forbids inline scripts and styles as data URLs. */
export default defineConfig({
  base: "/app/",
  plugins: [react()],
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
