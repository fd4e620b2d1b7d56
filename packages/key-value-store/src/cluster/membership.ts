/**
 * Who lives: gossip with suspicion, after SWIM (Das et al., 2002) and Lifeguard
 * (Dadgar et al., 2018).
 *
 *     every pingMs   ping one member, in a shuffled turn ──▶ it answers: it lives
 *     no answer      ask k others to ping it             ──▶ one gets an answer: it lives
 *     still none     "suspect", told to all              ──▶ it hears that, and denies it
 *     no denial      "down", told to all                 ──▶ its next life brings it back
 *
 * Two things are kept apart. The *state* is what all agree on in the end. *Silence*
 * is this node's own: a peer that missed one deadline gets no request until it is
 * heard of again, and is pinged at once to find out. So the work of a lost node is
 * taken over within one deadline, and a slow one is not declared dead for it.
 *
 * Against false alarms: waits follow each peer's own latency; a node that was late
 * itself, or got no answers, first doubts itself and gives others more time;
 * suspicion lasts longer in larger clusters.
 */
import type { Clock, Random } from "@tenfold/core";
import type { Reply, Request } from "../node/messages.ts";
import { createLatency, type Latency } from "./latency.ts";
import { createRumourQueue, isNews, type LifeState, type Rumour } from "./rumours.ts";

export interface MembershipOptions {
  readonly self: string;
  /** Hybrid stamp of this start: above every incarnation of earlier ones. */
  readonly incarnation: number;
  /** How often one member is pinged. */
  readonly pingMs: number;
  /** How long one ping may take: bounds of what latency makes of it. */
  readonly pingTimeoutMsMin: number;
  readonly pingTimeoutMsMax: number;
}

export interface MembershipDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly ask: (to: string, request: Request, timeoutMs: number) => Promise<Reply | undefined>;
}

/** What this node makes of one member. */
export interface Liveness {
  readonly name: string;
  readonly state: LifeState;
  /** False while it has not answered this node. */
  readonly isReachable: boolean;
  /** Monotonic ms since this node last heard of it, or `undefined` when it never did. */
  readonly heardMsAgo: number | undefined;
}

/** Others that are asked to ping a silent member. */
const HELPERS = 3;
/** Rumours in one message at most. */
const RUMOURS_MAX = 8;
/** λ: each rumour is told λ·log₂(n+1) times by everyone who has it. */
const RETELLING = 4;
/** Suspicion lasts so many pings, times log₂ of the members. */
const SUSPICION_PINGS = 4;
const SELF_DOUBT_MAX = 8;

interface Member {
  readonly name: string;
  incarnation: number;
  state: LifeState;
  stateAtMs: number;
  isSilent: boolean;
  heardAtMs: number | undefined;
  isProbed: boolean;
  readonly latency: Latency;
}

/** Constructing does nothing. `round()` is called every `pingMs`. */
export class Membership {
  readonly #deps: MembershipDeps;
  readonly #options: MembershipOptions;
  readonly #members = new Map<string, Member>();
  readonly #queue = createRumourQueue();
  #incarnation: number;
  #turn: string[] = [];
  #selfDoubt = 0;
  #lastRoundMs: number | undefined;

  constructor(deps: MembershipDeps, options: MembershipOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#incarnation = options.incarnation;
    this.#spread({ name: options.self, incarnation: this.#incarnation, state: "up" });
  }

  /** Whom to watch, by the configuration. Who is new is taken to be up. */
  watch(names: readonly string[]): void {
    const others = new Set(names.filter((name) => name !== this.#options.self));
    for (const name of this.#members.keys()) if (!others.has(name)) this.#members.delete(name);
    for (const name of others) {
      if (this.#members.has(name)) continue;
      this.#members.set(name, {
        name,
        incarnation: 0,
        state: "up",
        stateAtMs: this.#nowMs(),
        isSilent: false,
        heardAtMs: undefined,
        isProbed: false,
        latency: createLatency({
          timeoutMsMin: this.#options.pingTimeoutMsMin,
          timeoutMsMax: this.#options.pingTimeoutMsMax,
        }),
      });
    }
  }

  /** False from a missed deadline, or from others' suspicion, until it is heard of again; and of strangers. */
  isReachable(name: string): boolean {
    return name === this.#options.self || this.#members.get(name)?.isSilent === false;
  }

  /** `down` for one that is not watched. */
  stateOf(name: string): LifeState {
    return name === this.#options.self ? "up" : (this.#members.get(name)?.state ?? "down");
  }

  list(): Liveness[] {
    const nowMs = this.#nowMs();
    return [...this.#members.values()].map(({ name, state, isSilent, heardAtMs }) => ({
      name,
      state,
      isReachable: !isSilent,
      heardMsAgo: heardAtMs === undefined ? undefined : nowMs - heardAtMs,
    }));
  }

  /** Any message of a member is a sign of its life. */
  heard(name: string): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    member.isSilent = false;
    member.heardAtMs = this.#nowMs();
    // It is not what it is taken for, and only it can say so: it is told of the rumour.
    if (member.state !== "up" && !member.isProbed) void this.#probe(member);
  }

  /** A request was not answered in time, or a connection broke. */
  missed(name: string): void {
    const member = this.#members.get(name);
    if (member === undefined) return;
    member.isSilent = true;
    if (!member.isProbed) void this.#probe(member);
  }

  /** Takes what a message carried. */
  take(rumours: readonly Rumour[]): void {
    for (const rumour of rumours) {
      if (rumour.name === this.#options.self) this.#deny(rumour);
      else this.#believe(rumour);
    }
  }

  /** What a message to a member is to carry: this node's own life, and what it is said to be. */
  rumoursFor(name: string): Rumour[] {
    const self = { name: this.#options.self, incarnation: this.#incarnation, state: "up" } as const;
    const member = this.#members.get(name);
    const about =
      member === undefined || member.state === "up"
        ? []
        : [{ name, incarnation: member.incarnation, state: member.state }];
    return [self, ...about, ...this.#queue.take(RUMOURS_MAX)];
  }

  /** Answers another node's wish to have a third one pinged. */
  async answerProbe(target: string): Promise<Reply> {
    const member = this.#members.get(target);
    if (member === undefined || !(await this.#ping(member))) return { kind: "refused" };
    return { kind: "rumours", rumours: this.rumoursFor(target) };
  }

  /** One turn: pings the next member, and ends suspicions that nobody denied. */
  round(): void {
    const nowMs = this.#nowMs();
    const lateMs = nowMs - (this.#lastRoundMs ?? nowMs) - this.#options.pingMs;
    this.#lastRoundMs = nowMs;
    if (lateMs > this.#options.pingMs) {
      // This node stood still: what it missed meanwhile says nothing of others.
      this.#selfDoubt = Math.min(SELF_DOUBT_MAX, this.#selfDoubt + 1);
      for (const member of this.#members.values()) member.stateAtMs += lateMs;
    }
    for (const member of this.#members.values()) {
      const isOver = nowMs - member.stateAtMs > this.#suspicionMs();
      if (member.state === "suspect" && isOver) this.#say(member, "down");
    }
    const next = this.#nextInTurn();
    if (next !== undefined && !next.isProbed) void this.#probe(next);
  }

  #nowMs(): number {
    return this.#deps.clock.monotonic();
  }

  #suspicionMs(): number {
    const members = this.#members.size + 1;
    const pings = SUSPICION_PINGS * Math.max(1, Math.log2(members)) * (1 + this.#selfDoubt / 2);
    return pings * this.#options.pingMs;
  }

  #nextInTurn(): Member | undefined {
    if (this.#turn.length === 0) this.#turn = shuffle([...this.#members.keys()], this.#deps.random);
    return this.#members.get(this.#turn.pop() ?? "");
  }

  async #probe(member: Member): Promise<void> {
    member.isProbed = true;
    try {
      if (await this.#ping(member)) {
        this.#selfDoubt = Math.max(0, this.#selfDoubt - 1);
        return;
      }
      member.isSilent = true;
      if (member.state !== "up" || (await this.#isHeardByOthers(member))) return;
      this.#selfDoubt = Math.min(SELF_DOUBT_MAX, this.#selfDoubt + 1);
      // It may have been heard of while others were asked.
      if (member.isSilent) this.#say(member, "suspect");
    } finally {
      member.isProbed = false;
    }
  }

  async #ping(member: Member): Promise<boolean> {
    const startMs = this.#nowMs();
    const rumours = this.rumoursFor(member.name);
    const timeoutMs = member.latency.timeoutMs() * (1 + this.#selfDoubt);
    const reply = await this.#deps.ask(member.name, { kind: "ping", rumours }, timeoutMs);
    if (reply?.kind !== "rumours") {
      member.latency.miss();
      return false;
    }
    member.latency.observe(this.#nowMs() - startMs);
    this.take(reply.rumours);
    return true;
  }

  async #isHeardByOthers(member: Member): Promise<boolean> {
    const others = [...this.#members.values()]
      .filter((other) => other !== member && !other.isSilent)
      .map(({ name }) => name);
    const helpers = shuffle(others, this.#deps.random).slice(0, HELPERS);
    const timeoutMs = 2 * member.latency.timeoutMs() * (1 + this.#selfDoubt);
    const answers = helpers.map(async (helper) => {
      const request = { kind: "probe", target: member.name } as const;
      const reply = await this.#deps.ask(helper, request, timeoutMs);
      if (reply?.kind !== "rumours") return false;
      this.take(reply.rumours);
      return true;
    });
    return (await Promise.all(answers)).includes(true);
  }

  #believe(rumour: Rumour): void {
    const member = this.#members.get(rumour.name);
    if (member === undefined || !isNews(rumour, member)) return;
    const { heardAtMs } = member;
    const isFresh = heardAtMs !== undefined && this.#nowMs() - heardAtMs < 2 * this.#options.pingMs;
    // Others' suspicion counts where this node has no fresher word of its own.
    if (rumour.state !== "up" && !isFresh) member.isSilent = true;
    member.incarnation = rumour.incarnation;
    this.#say(member, rumour.state);
    if (rumour.state === "up" && member.isSilent && !member.isProbed) void this.#probe(member);
  }

  #deny(rumour: Rumour): void {
    if (rumour.incarnation < this.#incarnation || rumour.state === "up") return;
    this.#incarnation = rumour.incarnation + 1;
    // Who is suspected may well have been slow, and should be slow to suspect.
    this.#selfDoubt = Math.min(SELF_DOUBT_MAX, this.#selfDoubt + 1);
    this.#spread({ name: this.#options.self, incarnation: this.#incarnation, state: "up" });
  }

  #say(member: Member, state: LifeState): void {
    if (member.state !== state) member.stateAtMs = this.#nowMs();
    member.state = state;
    this.#spread({ name: member.name, incarnation: member.incarnation, state });
  }

  #spread(rumour: Rumour): void {
    const members = this.#members.size + 1;
    this.#queue.spread(rumour, Math.ceil(RETELLING * Math.log2(members + 1)));
  }
}

function shuffle<Item>(items: Item[], random: Random): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const [one, two] = [items[last], items[other]];
    if (one === undefined || two === undefined) continue;
    items[last] = two;
    items[other] = one;
  }
  return items;
}
