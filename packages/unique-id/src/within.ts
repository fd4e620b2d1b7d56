/** The one check of options that are whole numbers. */

/** Throws a RangeError unless `value` is a whole number in [min, max]. */
export function within(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
  }
}
