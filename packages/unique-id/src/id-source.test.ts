import { createManualClock, createSeededRandom, systemRandom } from "@tenfold/core";
import { describeIdSource } from "./id-source.conformance.ts";
import {
  multiMasterSource,
  snowflakeSource,
  ticketSource,
  uuidV4Source,
  uuidV7Source,
} from "./id-source.ts";
import { createMultiMaster } from "./multi-master.ts";
import { createSnowflake } from "./snowflake.ts";
import { createTickets } from "./ticket-server.ts";
import { memoryTimeMarks } from "./time-marks.ts";
import { createUuidV7 } from "./uuid.ts";
import { createWorkerIds, fixedLease } from "./worker-ids.ts";
import { createWorkerRegistry } from "./worker-registry.ts";

function counter() {
  let next = 1n;
  return {
    async take(count: number) {
      const first = next;
      next += BigInt(count);
      return { first };
    },
  };
}

describeIdSource("multi-master", async () => {
  const databases = [counter(), counter()];
  return async (index) =>
    multiMasterSource(
      createMultiMaster(databases[index] ?? counter(), {
        offset: index + 1,
        step: 2,
        blockSize: 50,
      }),
    );
});

describeIdSource("UUID version 4", async () => async () => uuidV4Source({ random: systemRandom }));

describeIdSource("UUID version 7", async () => {
  const clock = createManualClock();
  return async (seed) => uuidV7Source(createUuidV7({ clock, random: createSeededRandom(seed) }));
});

describeIdSource("one ticket server", async () => {
  const servers = [counter()];
  const clock = createManualClock();
  return async () => ticketSource(createTickets({ clock, servers }, { blockSize: 50 }));
});

describeIdSource("Snowflake", async () => {
  const deps = { clock: createManualClock(), registry: createWorkerRegistry() };
  return async (workerId) => snowflakeSource(createSnowflake(deps, { workerId }));
});

describeIdSource("Snowflake on a leased worker ID", async () => {
  const clock = createManualClock();
  const marks = memoryTimeMarks();
  return async (slot) => {
    const ids = createWorkerIds({ clock, marks, acquire: async () => fixedLease(slot) });
    await ids.start();
    return snowflakeSource(ids);
  };
});
