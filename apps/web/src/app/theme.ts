/** Colours and defaults of every component. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const sea: MantineColorsTuple = [
  "#e8f7f8",
  "#d3ecef",
  "#a6d9de",
  "#75c5cd",
  "#4fb4bf",
  "#36aab6",
  "#22a0ad",
  "#0f8b98",
  "#007a86",
  "#006873",
];

/** Shade 8 carries white text at 4.9:1, in both colour schemes. */
export const theme = createTheme({
  colors: { sea },
  primaryColor: "sea",
  primaryShade: 8,
  defaultRadius: "md",
  cursorType: "pointer",
  headings: { fontWeight: "650" },
  components: {
    Table: { defaultProps: { verticalSpacing: "sm" } },
    Modal: { defaultProps: { centered: true } },
  },
});
