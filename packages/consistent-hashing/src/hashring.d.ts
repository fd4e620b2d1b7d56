/** What is used of npm `hashring`, which carries no types: a peer in tests and benchmarks. */
declare module "hashring" {
  interface HashRingOptions {
    "max cache size"?: number;
    "vnode count"?: number;
  }
  class HashRing {
    constructor(
      servers: readonly string[] | Readonly<Record<string, number>>,
      algorithm?: string,
      options?: HashRingOptions,
    );
    get(key: string): string | undefined;
    add(server: string): this;
    remove(server: string): this;
  }
  export default HashRing;
}
