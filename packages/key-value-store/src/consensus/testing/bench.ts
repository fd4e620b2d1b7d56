/** Acceptors on disks of a world, proposers among them, and links that a test may cut. */
import type { Request, Reply } from "../../node/messages.ts";
import { createDisk, type Disk } from "../../simulation/disk.ts";
import { createWorld } from "../../simulation/world.ts";
import {
  createAcceptor,
  type Acceptor,
  type AcceptorRequest,
  type RegisterNames,
} from "../acceptor.ts";
import type { Voters } from "../poll.ts";
import { createRegisters, type Registers } from "../registers.ts";

interface Voter {
  readonly disk: Disk;
  acceptor: Acceptor;
}

export interface Bench {
  /** A proposer of its own; `hears` says which requests reach a voter (and are answered). */
  readonly registers: (hears?: (to: string, request: Request) => boolean) => Registers;
  /** Names of registers that a voter holds. */
  readonly list: (name: string, ...page: Parameters<Acceptor["list"]>) => Promise<RegisterNames>;
  readonly names: readonly string[];
  readonly voters: () => Voters;
  /** Lets the world run until the work is done. */
  readonly settle: <Value>(work: Promise<Value>) => Promise<Value>;
  /** The process of a voter ends and starts anew on what its disk kept. */
  readonly restart: (name: string) => void;
}

/** `count` voters. */
export function createBench(count = 3): Bench {
  const world = createWorld(1);
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const open = (disk: Disk): Acceptor => createAcceptor(disk.open((event) => event()));
  const all = new Map<string, Voter>(
    names.map((name) => {
      const disk = createDisk(world);
      return [name, { disk, acceptor: open(disk) }];
    }),
  );
  const clock = {
    now: world.now,
    monotonic: world.now,
    sleep: (ms: number): Promise<void> =>
      new Promise((resolve) => world.after(ms, () => resolve())),
  };
  let boots = 0;
  return {
    names,
    voters: () => [names],
    async list(name, ...page) {
      const voter = all.get(name);
      if (voter === undefined) throw new RangeError(`there is no voter ${name}`);
      return voter.acceptor.list(...page);
    },
    registers(hears = () => true) {
      boots += 1;
      const ask = async (to: string, request: AcceptorRequest): Promise<Reply | undefined> => {
        if (hears(to, request)) return all.get(to)?.acceptor.answer(request);
        await clock.sleep(100);
        return undefined;
      };
      const deps = { boot: boots, clock, random: world.random, ask };
      return createRegisters(deps, { timeoutMs: 2_000, backoffMs: 3 });
    },
    async settle(work) {
      await world.run(world.now() + 10_000);
      return work;
    },
    restart(name) {
      const voter = all.get(name);
      if (voter === undefined) return;
      voter.disk.crash();
      voter.acceptor = open(voter.disk);
    },
  };
}
