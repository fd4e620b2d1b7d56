/** The programs that tests need and npm does not carry, and how to get them. */
import { spawn, spawnSync } from "node:child_process";
import type { Io } from "./cli/command.ts";

interface Engine {
  /** Any of these on the PATH will do. */
  programs: readonly string[];
  debianPackage: string;
  what: string;
}

const engines: readonly Engine[] = [
  {
    programs: ["redis-server"],
    debianPackage: "redis-server",
    what: "the shared state of several processes",
  },
  {
    programs: ["chromium", "chromium-browser", "google-chrome"],
    debianPackage: "chromium",
    what: "the browser tests",
  },
  {
    programs: ["nft", "/usr/sbin/nft"],
    debianPackage: "nftables",
    what: "checking the kernel's rate limits",
  },
];

const isOnPath = (program: string): boolean =>
  spawnSync("sh", ["-c", `command -v "${program}"`], { stdio: "ignore" }).status === 0;

/** Engines that are not installed. */
export function missingEngines(): readonly Engine[] {
  return engines.filter(({ programs }) => !programs.some(isOnPath));
}

interface EnsureOptions {
  io: Io;
  signal: AbortSignal;
  install: boolean;
}

/** Installs what is missing where that is allowed. Answers true when something is still missing. */
export async function ensureEngines({ io, signal, install }: EnsureOptions): Promise<boolean> {
  const missing = missingEngines();
  if (missing.length === 0) return false;
  const names = missing.map(({ debianPackage }) => debianPackage);
  if (install && process.getuid?.() === 0 && isOnPath("apt-get")) {
    io.out(`Installing ${names.join(", ")} from Debian …`);
    // A package's own service must not be started on this machine.
    await runQuietly("apt-get update -qq", signal);
    await runQuietly(
      `printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d; ` +
        `DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${names.join(" ")}; ` +
        `status=$?; rm -f /usr/sbin/policy-rc.d; exit $status`,
      signal,
    );
  }
  const still = missingEngines();
  for (const { debianPackage, what } of still) {
    io.err(
      `missing: ${debianPackage}, for ${what}. Get it with: sudo apt-get install ${debianPackage}`,
    );
  }
  return still.length > 0;
}

function runQuietly(script: string, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "ignore", "inherit"], signal });
    child.on("error", () => resolve(1));
    child.on("close", resolve);
  });
}
