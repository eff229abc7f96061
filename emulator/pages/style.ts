/** The style sheet of every page: light and dark by the system's setting, one column down to 320 px. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f5f7, #0b0d10);
  --card: light-dark(#ffffff, #16191d);
  --text: light-dark(#12161b, #eceff2);
  --muted: light-dark(#59636e, #9aa5b1);
  --line: light-dark(#dfe3e8, #2c3239);
  --field: light-dark(#8a95a1, #6b7683);
  --hover: light-dark(#f4f6f8, #1d2126);
  --chosen: light-dark(#eef5fd, #14263a);
  --accent: light-dark(#0b63c5, #6db3ff);
  --primary: light-dark(#12161b, #eceff2);
  --on-primary: light-dark(#ffffff, #12161b);
  --notice: light-dark(#fff3d1, #35290a);
  --on-notice: light-dark(#5a4300, #ffdf8a);
}

*, ::before, ::after { box-sizing: border-box; }

body {
  margin: 0;
  min-height: 100dvh;
  display: flex;
  flex-direction: column;
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  -webkit-text-size-adjust: 100%;
}

h1, h2, p, ul, dl, dd, pre, fieldset { margin: 0; padding: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.015em; text-wrap: balance; }
h2, legend { font-size: 0.875rem; font-weight: 600; color: var(--muted); }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

.banner {
  padding: 0.625rem 1rem;
  background: var(--notice);
  color: var(--on-notice);
  font-size: 0.875rem;
  text-align: center;
}
.banner strong::after { content: ' ·'; }
.banner span { white-space: nowrap; }

main { flex: 1; display: grid; place-items: center; padding: 1.5rem 1rem; }

.card {
  width: 100%;
  max-width: 27rem;
  display: grid;
  gap: 1.5rem;
  padding: 2rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1.25rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / 0.04), 0 12px 32px rgb(0 0 0 / 0.06);
}
.card > *, .wide dl > div { min-width: 0; }
.wide { max-width: 40rem; gap: 1.25rem; }
.wide h2 { margin: 0.75rem 0 -0.5rem; }

.mark {
  display: grid;
  place-items: center;
  width: 3.5rem;
  height: 3.5rem;
  margin-bottom: 1rem;
  border-radius: 1rem;
  background: linear-gradient(145deg, light-dark(#2f8bf0, #4aa3ff), light-dark(#0a4fa3, #1c62b8));
  color: #ffffff;
  font-size: 1.75rem;
  font-weight: 700;
}

fieldset { border: 0; min-width: 0; }
legend { padding: 0; }
.users { display: grid; gap: 0.5rem; margin-top: 0.5rem; max-height: 19rem; overflow-y: auto; }
.user {
  display: flex;
  align-items: center;
  gap: 0.75rem;
  padding: 0.625rem 0.875rem;
  border: 1px solid var(--line);
  border-radius: 0.875rem;
  cursor: pointer;
}
.user:hover { background: var(--hover); }
.user:has(:checked) { background: var(--chosen); border-color: var(--accent); }
.user:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: -2px; }
.user input { order: 3; margin: 0 0 0 auto; width: 1.125rem; height: 1.125rem; accent-color: var(--accent); }
.user input:focus-visible { outline: none; }
.avatar {
  flex: none;
  display: grid;
  place-items: center;
  width: 2.5rem;
  height: 2.5rem;
  border-radius: 50%;
  background: light-dark(#dbe3ec, #323b45);
  font-weight: 600;
}
.who { min-width: 0; display: grid; line-height: 1.3; }
.who > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.handle { color: var(--muted); font-size: 0.9375rem; }

.other { display: grid; gap: 0.375rem; margin-top: 0.75rem; font-size: 0.9375rem; }
.other input {
  width: 100%;
  padding: 0.625rem 0.875rem;
  border: 1px solid var(--field);
  border-radius: 0.75rem;
  background: var(--card);
  color: inherit;
  font: inherit;
}

.scopes { display: grid; gap: 0.5rem; margin-top: 0.5rem; list-style: none; }
.scopes li { text-wrap: pretty; position: relative; padding-left: 1.75rem; overflow-wrap: anywhere; }
.scopes li::before {
  content: '';
  position: absolute;
  left: 0.25rem;
  top: 0.35rem;
  width: 0.4rem;
  height: 0.75rem;
  border: solid var(--accent);
  border-width: 0 2px 2px 0;
  transform: rotate(40deg);
}

.buttons { display: grid; gap: 0.625rem; }
button {
  min-height: 3rem;
  padding: 0.5rem 1.25rem;
  border: 1px solid var(--field);
  border-radius: 999px;
  background: transparent;
  color: inherit;
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
button:hover { background: var(--hover); }
.primary { background: var(--primary); border-color: var(--primary); color: var(--on-primary); }
.primary:hover { background: color-mix(in srgb, var(--primary) 86%, var(--ground)); }

.pin { text-align: center; }
.pin code { font-size: 2rem; font-weight: 600; letter-spacing: 0.2em; }

.small { font-size: 0.875rem; color: var(--muted); text-align: center; text-wrap: balance; }
.url { display: block; overflow-wrap: anywhere; color: var(--text); }

.hint {
  padding-top: 1.25rem;
  border-top: 1px solid var(--line);
  font-size: 0.875rem;
  color: var(--muted);
  overflow-wrap: anywhere;
}
.hint p { margin-top: 0.25rem; color: var(--text); }

pre, code, dd { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.875rem; }
pre { padding: 0.875rem 1rem; border-radius: 0.75rem; background: var(--hover); overflow-x: auto; }
dl { border: 1px solid var(--line); border-radius: 0.875rem; }
dl > div { display: grid; grid-template-columns: 8rem 1fr; gap: 0 1rem; padding: 0.5rem 1rem; }
dl > div + div { border-top: 1px solid var(--line); }
dt { color: var(--muted); font-size: 0.875rem; }
dd { white-space: pre-line; overflow-wrap: anywhere; }
.links { display: grid; gap: 0.25rem; list-style: none; }
.links span { color: var(--muted); }

@media (max-width: 30rem) {
  main { place-items: start center; padding: 0; background: var(--card); }
  .card { padding: 1.5rem 1.25rem 2rem; border: 0; border-radius: 0; box-shadow: none; }
  dl > div { grid-template-columns: 1fr; }
}
`
