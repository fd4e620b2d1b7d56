/** The mark: a sheet folded like a fan. */

/** Decorative; the name stands beside it. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <path fill="#34aab5" d="M2 9l7-5v19l-7 5z" />
      <path fill="#006a75" d="M9 4l7 5v19l-7-5z" />
      <path fill="#34aab5" d="M16 9l7-5v19l-7 5z" />
      <path fill="#006a75" d="M23 4l7 5v19l-7-5z" />
    </svg>
  );
}
