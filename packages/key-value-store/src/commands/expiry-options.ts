/** EX, PX, EXAT and PXAT, as SET and GETEX take them, and the arithmetic of EXPIRE. */
import { refuse, wrongExpiry } from "./refusal.ts";

const INT64_MAX = 2n ** 63n - 1n;

/** How a time is given: its unit, and whether it counts from now. */
export interface TimeForm {
  unitMs: 1 | 1000;
  relative: boolean;
}

const forms: ReadonlyMap<string, TimeForm> = new Map([
  ["EX", { unitMs: 1000, relative: true }],
  ["PX", { unitMs: 1, relative: true }],
  ["EXAT", { unitMs: 1000, relative: false }],
  ["PXAT", { unitMs: 1, relative: false }],
]);

/** The form an option announces, if it announces one. */
export function timeForm(option: string): TimeForm | undefined {
  return forms.get(option);
}

/** A time that must lie ahead of zero, in ms since the epoch. */
export function positiveTime(
  amount: bigint,
  form: TimeForm,
  { command, nowMs }: { command: string; nowMs: number },
): number {
  if (amount <= 0n) refuse(wrongExpiry(command));
  return anyTime(amount, form, { command, nowMs });
}

/** A time, in ms since the epoch; one that does not fit 64 bits is refused. */
export function anyTime(
  amount: bigint,
  form: TimeForm,
  { command, nowMs }: { command: string; nowMs: number },
): number {
  const fromMs = form.relative ? BigInt(Math.trunc(nowMs)) : 0n;
  const unitMs = BigInt(form.unitMs);
  if (amount > INT64_MAX / unitMs || amount < -(INT64_MAX / unitMs)) refuse(wrongExpiry(command));
  const atMs = amount * unitMs;
  if (atMs > INT64_MAX - fromMs) refuse(wrongExpiry(command));
  return Number(atMs + fromMs);
}
