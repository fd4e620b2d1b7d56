/** The look of `/docs`: calm, light or dark as the system is, and whole on a phone. */
export const docsCss = `
:root { color-scheme: light dark; --text: light-dark(#1c2530, #dfe5ec); --soft: light-dark(#5a6775, #97a3b0);
  --line: light-dark(#e2e7ec, #2a333d); --page: light-dark(#ffffff, #12171d); --panel: light-dark(#f6f8fa, #181f27);
  --accent: light-dark(#0f62a8, #74b8f0); --green: light-dark(#17703f, #62cc92); --amber: light-dark(#8a5a00, #e6b450);
  --red: light-dark(#a8281f, #f08a80); }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 2rem 1.25rem; border-right: 1px solid var(--line);
  display: flex; flex-direction: column; gap: .1rem; }
nav a { color: var(--soft); text-decoration: none; padding: .3rem .6rem; border-radius: .4rem; }
nav a:hover, nav a:focus-visible { background: var(--panel); color: var(--text); }
nav .home { color: var(--text); font-weight: 650; margin-bottom: .8rem; }
main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 62rem; min-width: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .8rem; }
h3 { font-size: .95rem; margin: 1.4rem 0 .4rem; }
small { color: var(--soft); font-weight: 400; font-size: .85em; }
.lead { color: var(--soft); max-width: 46rem; margin: 0 0 1rem; }
a { color: var(--accent); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .88em; overflow-wrap: anywhere; }
.try { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; overflow-x: auto; margin: 0; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; background: var(--page); }
details[open] { background: var(--panel); }
summary { padding: .6rem .9rem; cursor: pointer; display: flex; flex-wrap: wrap; gap: .2rem .75rem; align-items: baseline;
  list-style: none; border-radius: .5rem; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--panel); }
summary span { color: var(--soft); margin-left: auto; text-align: right; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.method { font: 650 .78rem/1 ui-monospace, Menlo, Consolas, monospace; min-width: 3.6rem; color: var(--accent); }
.method.post { color: var(--green); } .method.put, .method.patch { color: var(--amber); } .method.delete { color: var(--red); }
.inside { padding: .2rem 1rem 1.1rem; border-top: 1px solid var(--line); }
.auth { color: var(--soft); margin: .8rem 0; }
.status { color: var(--green); }
dl { margin: 0; }
@media (min-width: 62rem) { .inside dl, #errors dl { display: grid; grid-template-columns: minmax(9rem, max-content) minmax(0, 1fr); column-gap: 1.2rem; } }
dt, dd { padding-top: .3rem; } dd { margin: 0 0 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
dl.schema { border-left: 2px solid var(--line); padding-left: .9rem; }
dt:target { background: light-dark(#fff3cd, #4a3d12); border-radius: .3rem; }
.codes { margin: 0; display: flex; flex-wrap: wrap; gap: .35rem; }
.codes a { border: 1px solid var(--line); background: var(--page); border-radius: 1rem; padding: .1rem .65rem; text-decoration: none;
  color: var(--text); font-size: .85rem; }
.codes a:hover { border-color: var(--accent); }
@media (max-width: 48rem) {
  body { grid-template-columns: minmax(0, 1fr); }
  nav { position: static; height: auto; flex-direction: row; flex-wrap: wrap; padding: 1rem; border-right: 0; border-bottom: 1px solid var(--line); }
  nav .home { width: 100%; margin: 0; }
  main { padding-top: 1.25rem; }
  summary span { width: 100%; margin: 0; text-align: left; }
}
`;
