/** What goes wrong, drawn from the seed: and at the end all of it is put right. */
import type { Cluster } from "./cluster.ts";
import { fairWeather } from "./links.ts";
import type { World } from "./world.ts";

export interface NemesisOptions {
  /** When the last fault may begin, in ms. */
  readonly untilMs: number;
  /** Mean time between faults, in ms. */
  readonly everyMs: number;
  /** Whether one disk may be lost or damaged. Default true. */
  readonly canLoseDisks?: boolean;
}

/**
 * Plans the faults of one run: crashes of one and of all, clean stops, pauses, cuts in both or one direction,
 * clocks set by seconds, bad weather. At most one node loses its disk or has a
 * record damaged: two copies of three are what W = 2 promises.
 */
export function unleash(world: World, cluster: Cluster, options: NemesisOptions): void {
  const { random } = world;
  let canLose = random.below(2) === 0 && options.canLoseDisks !== false;
  const anyNode = (): string => cluster.names[random.below(cluster.names.length)] ?? "";
  const soon = (longestMs: number): number => 50 + random.float() * longestMs;

  const faults: (() => void)[] = [
    () => {
      const name = anyNode();
      const disk = canLose && random.below(3) === 0 ? (["lose", "damage"] as const) : undefined;
      cluster.crash(name, disk?.[random.below(2)] ?? "keep");
      if (disk !== undefined) canLose = false;
      world.after(soon(2_000), () => cluster.start(name));
    },
    () => {
      const name = anyNode();
      void cluster.stop(name).then(() => world.after(soon(500), () => cluster.start(name)));
    },
    () => {
      const name = anyNode();
      world.note(`pause ${name}`);
      cluster.pause(name);
      world.after(soon(2_500), () => {
        world.note(`resume ${name}`);
        cluster.resume(name);
      });
    },
    () => {
      const side = new Set(cluster.names.filter(() => random.below(2) === 0));
      const isOneWay = random.below(3) === 0;
      world.note(`cut ${[...side].join()}${isOneWay ? " one way" : ""}`);
      for (const from of cluster.names) {
        for (const to of cluster.names) {
          if (side.has(from) && !side.has(to)) cluster.links.cut(from, to);
          if (!isOneWay && !side.has(from) && side.has(to)) cluster.links.cut(from, to);
        }
      }
      world.after(soon(3_000), () => {
        world.note("heal");
        cluster.links.heal();
      });
    },
    () => {
      const name = anyNode();
      cluster.fill(name);
      world.after(soon(2_000), () => {
        cluster.crash(name);
        cluster.free(name);
        world.after(soon(500), () => cluster.start(name));
      });
    },
    () => {
      // The power goes for all: what was acknowledged is on disks or nowhere.
      if (random.below(2) === 0) return;
      for (const name of cluster.names) {
        cluster.crash(name);
        world.after(soon(800), () => cluster.start(name));
      }
    },
    () => {
      // By seconds it stays so; a clock that is hours off is set right again some time.
      const isHours = random.below(4) === 0;
      const scaleMs = isHours ? 6 * 3_600_000 : 8_000;
      const [name, byMs] = [anyNode(), Math.floor((random.float() - 0.5) * scaleMs)];
      world.note(`clock of ${name} by ${byMs}`);
      cluster.stepClock(name, byMs);
      if (isHours) world.after(soon(1_500), () => cluster.stepClock(name, -byMs));
    },
    () => {
      const weather = {
        lost: random.below(20),
        doubled: random.below(20),
        late: random.below(10),
        damaged: random.below(10),
      };
      world.note(`weather ${JSON.stringify(weather)}`);
      Object.assign(cluster.links.weather, weather);
    },
  ];
  const next = (): void => {
    if (world.now() >= options.untilMs) return;
    faults[random.below(faults.length)]?.();
    world.after(soon(2 * options.everyMs), next);
  };
  world.after(soon(options.everyMs), next);
}

/** Ends every fault and starts what is down. Clocks stay as they were set. */
export function makePeace(world: World, cluster: Cluster): void {
  world.note("peace");
  cluster.links.heal();
  Object.assign(cluster.links.weather, fairWeather);
  for (const name of cluster.names) {
    cluster.resume(name);
    cluster.start(name);
  }
}
