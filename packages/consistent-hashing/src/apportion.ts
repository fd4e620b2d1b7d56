/**
 * Dividing seats by weight: Webster's method (Sainte-Laguë, 1910).
 *
 * Each member bids w/1, w/3, w/5, … for its first, second, third seat, and the
 * highest bids win.
 *
 *     weight 2:  2.00 ▮  0.67 ▮  0.40 ▯  0.29      5 seats go to the five
 *     weight 1:  1.00 ▮  0.33 ▯  0.20              highest bids: 2.00 1.00 1.00
 *     weight 1:  1.00 ▮  0.33 ▯  0.20              0.67 0.40, the last by tie
 *
 * It is chosen for one property that rounding has not: *what wins depends on the
 * bids' order only, and a change of one member's bids leaves the order of all
 * others as it was.* So when a member comes or grows, every other keeps its seats
 * or loses some; when one goes or shrinks, every other keeps or gains. Nobody
 * ever gains at a survivor's expense, and the moves between survivors are zero by
 * construction, not by luck. (Balinski and Young, "Fair Representation", 1982:
 * only divisor methods are population monotone.) Ties go to the earlier member.
 */

/**
 * Seats per member; their sum is `seats` when some weight is above 0.
 * O(n log n), a few hundred passes over the members at most.
 */
export function apportion(seats: number, weights: readonly number[]): Uint32Array {
  const won = new Uint32Array(weights.length);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0)) return won;
  // The price of a seat: the lowest bid that wins is near sum / 2·seats. Halve the
  // interval until no price is left between "too many win" and "not too many".
  let tooMany = 0;
  let affordable = Math.max(...weights) * 2;
  for (;;) {
    const price = (tooMany + affordable) / 2;
    if (price <= tooMany || price >= affordable) break;
    if (totalAt(price, weights, seats) > seats) tooMany = price;
    else affordable = price;
  }
  let left = seats;
  for (const [index, weight] of weights.entries()) {
    won[index] = bidsFrom(affordable, weight, seats);
    left -= won[index] ?? 0;
  }
  // What is left are ties at the price just below.
  for (let index = 0; index < weights.length && left > 0; index++) {
    const extra = Math.min(left, bidsFrom(tooMany, weights[index] ?? 0, seats) - (won[index] ?? 0));
    won[index] = (won[index] ?? 0) + extra;
    left -= extra;
  }
  return won;
}

/** How many of a member's bids are at or above a price. Exact: bids are compared as they are made. */
function bidsFrom(price: number, weight: number, seats: number): number {
  if (price <= 0) return weight > 0 ? seats : 0;
  let count = Math.min(seats, Math.max(0, Math.floor((weight / price + 1) / 2)));
  while (count > 0 && weight / (2 * count - 1) < price) count -= 1;
  while (count < seats && weight / (2 * count + 1) >= price) count += 1;
  return count;
}

function totalAt(price: number, weights: readonly number[], seats: number): number {
  let total = 0;
  for (const weight of weights) {
    total += bidsFrom(price, weight, seats);
    if (total > seats) break;
  }
  return total;
}

/** The same where nobody may have more than `most`; what they would have is divided anew. */
export function apportionUpTo(
  most: number,
  seats: number,
  weights: readonly number[],
): Uint32Array {
  const full = new Set<number>();
  for (;;) {
    const open = weights.map((weight, index) => (full.has(index) ? 0 : weight));
    const won = apportion(Math.max(0, seats - full.size * most), open);
    const before = full.size;
    for (const [index, count] of won.entries()) if (count > most) full.add(index);
    if (full.size > before) continue;
    for (const index of full) won[index] = most;
    return won;
  }
}
