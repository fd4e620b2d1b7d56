import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createService, createServiceGroup, type Service } from "./lifecycle.ts";

/** A service that writes down what happens to it. */
function traced(name: string, trace: string[], failing?: "start" | "stop"): Service {
  const part = (verb: "start" | "stop") => async (): Promise<void> => {
    trace.push(`${verb} ${name}`);
    await new Promise(setImmediate);
    if (failing === verb) throw new Error(`${name} does not ${verb}`);
  };
  return createService({ start: part("start"), stop: part("stop") });
}

describe("a service", () => {
  test("concurrent and repeated calls run each part once", async () => {
    const trace: string[] = [];
    const service = traced("a", trace);
    await Promise.all([service.start(), service.start()]);
    await service.start();
    await Promise.all([service.stop(), service.stop(), service[Symbol.asyncDispose]()]);
    assert.deepEqual(trace, ["start a", "stop a"]);
  });

  test("stop() waits for a start() that is under way", async () => {
    const trace: string[] = [];
    const release = Promise.withResolvers<void>();
    const service = createService({
      start: async () => {
        await release.promise;
        trace.push("started");
      },
      stop: () => void trace.push("stopped"),
    });
    const both = Promise.all([service.start(), service.stop()]);
    release.resolve();
    await both;
    assert.deepEqual(trace, ["started", "stopped"]);
  });

  test("a start() that fails undoes itself once and throws its own error", async () => {
    const trace: string[] = [];
    const service = traced("a", trace, "start");
    await assert.rejects(service.start(), /a does not start/);
    await assert.rejects(service.start(), /a does not start/);
    await service.stop();
    assert.deepEqual(trace, ["start a", "stop a"]);
  });

  test("stop() during a start() that fails comes to an end", async () => {
    const trace: string[] = [];
    const service = traced("a", trace, "start");
    const starting = service.start();
    const stopping = service.stop();
    await assert.rejects(starting, /a does not start/);
    await stopping;
    assert.deepEqual(trace, ["start a", "stop a"]);
  });

  test("when undoing fails too, start() tells the cause and stop() the rest", async () => {
    for (const broken of [
      () => Promise.reject(new Error("stuck")),
      () => {
        throw new Error("stuck");
      },
    ]) {
      const service = createService({
        start: () => {
          throw new Error("no port");
        },
        stop: broken,
      });
      await assert.rejects(service.start(), /no port/);
      await assert.rejects(service.stop(), /stuck/);
    }
  });

  test("a stopped service stays stopped, whether it ran before or not", async () => {
    const neverRan = traced("a", []);
    await neverRan.stop();
    await assert.rejects(neverRan.start(), /after stop/);
    const ran = traced("b", []);
    await ran.start();
    await ran.stop();
    await assert.rejects(ran.start(), /after stop/);
  });

  test("`await using` stops it", async () => {
    const trace: string[] = [];
    {
      await using service = traced("a", trace);
      await service.start();
    }
    assert.deepEqual(trace, ["start a", "stop a"]);
  });
});

describe("a service group", () => {
  test("starts in order and stops in reverse", async () => {
    const trace: string[] = [];
    const group = createServiceGroup([traced("a", trace), traced("b", trace)]);
    await group.start();
    await group.stop();
    assert.deepEqual(trace, ["start a", "start b", "stop b", "stop a"]);
  });

  test("when one fails to start, those before it are stopped and none after is started", async () => {
    const trace: string[] = [];
    const group = createServiceGroup([
      traced("a", trace),
      traced("b", trace, "start"),
      traced("c", trace),
    ]);
    await assert.rejects(group.start(), /b does not start/);
    assert.ok(trace.includes("stop a") && !trace.includes("start c"));
    assert.ok(trace.indexOf("stop b") < trace.indexOf("stop a"));
  });

  test("when one fails to stop, the others are stopped and all failures are told", async () => {
    const trace: string[] = [];
    const abrupt: Service = {
      start: () => Promise.resolve(),
      stop: () => {
        throw new Error("abrupt");
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const group = createServiceGroup([traced("a", trace), traced("b", trace, "stop"), abrupt]);
    await group.start();
    await assert.rejects(group.stop(), (error) => {
      assert.ok(error instanceof AggregateError);
      assert.deepEqual(
        error.errors.map((failure: Error) => failure.message),
        ["abrupt", "b does not stop"],
      );
      return true;
    });
    assert.equal(trace.at(-1), "stop a");
  });
});
