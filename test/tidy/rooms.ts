/** The rooms of a system: the same everywhere, so that one who knows one system knows all. */
import type { SourceFile } from "./sources.ts";

/** What these mean nobody can tell from the name. */
const meaningless = /(^|\/)(utils?|helpers?|common|misc|manager|shared)(\.|\/)/;

/** Every system has these; a room may be missing elsewhere, never renamed. */
const required = [
  "src/index.ts",
  "src/contract.ts",
  "src/errors.ts",
  "src/http.ts",
  "src/options.ts",
  "src/service.ts",
  "src/store.ts",
];

export function roomBreaches(sources: readonly SourceFile[]): string[] {
  const meaninglessNames = sources
    .filter(({ path }) => meaningless.test(path))
    .map(({ path }) => `${path}: the name says nothing about what is inside`);
  return [...meaninglessNames, ...missingRooms(sources)];
}

function missingRooms(sources: readonly SourceFile[]): string[] {
  const systems = new Set(
    sources
      .map(({ path }) => /^systems\/[^/]+/.exec(path)?.[0])
      .filter((path) => path !== undefined),
  );
  // A planted file is alone; a system that is there has many.
  if (sources.length === 1) return [];
  return [...systems].flatMap((system) =>
    required
      .filter(
        (room) =>
          !sources.some(
            ({ path }) =>
              path === `${system}/${room}` ||
              path.startsWith(`${system}/${room.replace(/\.ts$/, "/")}`),
          ),
      )
      .map((room) => `${system} has no ${room}`),
  );
}
