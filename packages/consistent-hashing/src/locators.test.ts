/** Every algorithm against the one suite. */
import { createAnchor } from "./anchor.ts";
import { createJump } from "./jump.ts";
import { locatorConformance } from "./locator.conformance.ts";
import { createMaglev } from "./maglev.ts";
import { createMultiProbe } from "./multi-probe.ts";
import { createPartitionTable } from "./partition-table.ts";
import { createRendezvous } from "./rendezvous.ts";
import { createRing } from "./ring.ts";

const whole = { weights: true, anyOrder: true, monotone: true };

locatorConformance({ name: "ring", create: createRing, ...whole });
locatorConformance({ name: "rendezvous", create: createRendezvous, ...whole });
// A table made anew knows nothing of the one before: that is what plan() is for.
locatorConformance({
  name: "partition table",
  create: (members, options) => createPartitionTable(members, { partitions: 256, ...options }),
  ...whole,
  monotone: false,
});
locatorConformance({
  name: "maglev",
  create: (members, options) => createMaglev(members, { tableSize: 2_503, ...options }),
  ...whole,
  monotone: false,
});
locatorConformance({
  name: "jump",
  create: createJump,
  weights: false,
  anyOrder: false,
  monotone: true,
});
locatorConformance({
  name: "multi-probe",
  create: createMultiProbe,
  weights: false,
  anyOrder: true,
  monotone: true,
});
// Made anew it knows nothing of who left: that is what with() and without() are for.
locatorConformance({
  name: "anchor",
  create: createAnchor,
  weights: false,
  anyOrder: true,
  monotone: false,
});
