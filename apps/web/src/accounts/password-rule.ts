/** What a password must be. The server decides; this spares a round trip. */

const CHARACTERS_MIN = 10;

/** The rule in words. */
export const passwordRule = `At least ${CHARACTERS_MIN} characters. A few words in a row are good.`;

/** What is wrong with a new password, or null. */
export function passwordProblem(password: string): string | null {
  return Array.from(password).length < CHARACTERS_MIN
    ? `Use at least ${CHARACTERS_MIN} characters.`
    : null;
}
