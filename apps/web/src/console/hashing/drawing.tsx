/** An SVG that is one picture to a screen reader, with a sentence for what it shows. */
import type { ReactNode } from "react";

export interface DrawingProps {
  viewBox: string;
  label: string;
  className: string;
  children: ReactNode;
}

/** Announced as an image; its parts are not read one by one. */
export function Drawing({ viewBox, label, className, children }: DrawingProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an <img> cannot follow the page's colours
    <svg viewBox={viewBox} className={className} role="img" aria-label={label}>
      {children}
    </svg>
  );
}
