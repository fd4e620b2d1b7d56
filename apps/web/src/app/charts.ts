/** What every chart needs; imported by charts only, so that it loads with the first of them. */
import "@mantine/charts/styles.css";
