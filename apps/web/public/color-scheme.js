// Sets the colour scheme before the first paint. A file, because the CSP allows no inline scripts.
(function () {
  var stored = null;
  try {
    stored = localStorage.getItem("tenfold-color-scheme");
  } catch {
    // Storage can be forbidden; then the system decides.
  }
  var dark =
    stored === "dark" || (stored !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
