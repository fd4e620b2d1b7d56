/**
 * Email addresses as names of accounts. Providers disagree about dots and
 * `+tags`, so those stay; case never tells two people apart, so it goes.
 */

/**
 * The form in which addresses are compared. `undefined` for text that no
 * account can have: too long, ill-formed Unicode, or control characters,
 * which the database would refuse with an error of its own.
 */
export function emailKeyOf(email: string): string | undefined {
  const key = email.trim().normalize("NFC").toLowerCase();
  const possible = key.length <= 254 && key.includes("@") && !/[\p{Cc}\p{Cs}]/u.test(key);
  return possible ? key : undefined;
}
