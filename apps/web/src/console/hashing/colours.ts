/** Twelve colours that can be told apart on light and on dark. */
const colours = [
  "#0f8b98",
  "#e8710a",
  "#7c5cd6",
  "#c2255c",
  "#5c940d",
  "#1c7ed6",
  "#b08900",
  "#a33fb5",
  "#2f9e6e",
  "#d6455d",
  "#6b7785",
  "#8d6748",
];

/** The colour of a member. */
export function colourOf(index: number): string {
  return colours[index % colours.length] ?? "currentColor";
}

/** Colours by the members' IDs; `former` are those of members that are gone. */
export function colourMap(
  members: readonly { id: string; colour: number }[],
  former: readonly { id: string; colour: number }[] = [],
): Map<string, string> {
  return new Map([...former, ...members].map(({ id, colour }) => [id, colourOf(colour)]));
}
