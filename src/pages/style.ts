/** The one style sheet: light and dark by the visitor's choice, phone to desktop, no script. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f5; --card: #ffffff; --ink: #16201d; --soft: #55635e; --line: #d9e0dd;
  --accent: #0f6b57; --on-accent: #ffffff; --wash: #e6f2ee; --bad: #a3301c; --bad-wash: #fbeae6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1413; --card: #172020; --ink: #e7efec; --soft: #9fb0aa; --line: #2b3836;
    --accent: #5fd0b3; --on-accent: #06231c; --wash: #1a2f2a; --bad: #ff9d88; --bad-wash: #33201c;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; min-height: 100vh; display: grid; grid-template-rows: auto 1fr auto; justify-items: center;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere;
}
header, main, footer { width: min(36rem, 100%); padding: 1.25rem }
header a { display: inline-flex; align-items: center; gap: .6rem; color: inherit; text-decoration: none; font-weight: 650 }
header svg { width: 1.9rem; height: 1.9rem; color: var(--accent) }
main { align-self: center }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: clamp(1.4rem, 5vw, 2.4rem);
  box-shadow: 0 1px 2px rgb(0 0 0 / .04), 0 8px 28px rgb(0 0 0 / .06);
}
.card + .card { margin-top: 1rem }
h1 { font-size: clamp(1.5rem, 5vw, 1.9rem); line-height: 1.2; letter-spacing: -.015em; margin: 0 0 .75rem }
h2 { font-size: 1rem; margin: 0 0 .4rem }
p { margin: 0 0 1rem }
p:last-child, ul:last-child, dl:last-child { margin-bottom: 0 }
ul { padding-left: 1.2rem; margin: 0 0 1rem }
a { color: var(--accent) }
.lead { color: var(--soft); font-size: 1.05rem }
.soft, footer { color: var(--soft); font-size: .9rem }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 }
.actions:last-child { margin-bottom: 0 }
.ways { list-style: none; padding: 0; margin: -.6rem 0 1.5rem; display: flex; flex-wrap: wrap; gap: 0 1.4rem }
.ways a { display: inline-block; padding: .45rem 0 }
.button {
  display: inline-block; padding: .75rem 1.4rem; border-radius: 999px; border: 1px solid var(--accent);
  background: var(--accent); color: var(--on-accent); font-weight: 650; text-decoration: none;
}
.button.quiet { background: transparent; color: var(--accent) }
.button:hover { filter: brightness(1.08) }
label { display: block; font-weight: 600; margin-bottom: .3rem }
input:not([type=hidden]) {
  font: inherit; font-size: 1.3rem; letter-spacing: .12em; width: 12ch; padding: .6rem .8rem; margin: 0 .75rem .75rem 0;
  color: var(--ink); background: var(--ground); border: 1px solid var(--soft); border-radius: .6rem;
}
button.button { font: inherit; font-weight: 650; cursor: pointer }
ol { padding-left: 1.3rem } ol li { margin-bottom: .5rem }
a:focus-visible, input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: .3rem }
.button:focus-visible { border-radius: 999px }
code { font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; background: var(--wash); border-radius: .35rem; padding: .12rem .4rem }
code.block { display: block; padding: .7rem .9rem; margin: .4rem 0 1rem }
pre { margin: .6rem 0 0; white-space: pre-wrap }
pre code { display: block; padding: .7rem .9rem }
.badge { display: inline-block; border-radius: 999px; padding: .15rem .7rem; font-size: .85rem; font-weight: 600; background: var(--wash); color: var(--accent); margin-bottom: .9rem }
.badge.bad { background: var(--bad-wash); color: var(--bad) }
.note { border-left: 3px solid var(--line); padding-left: .9rem; color: var(--soft) }
.todo { border-left: 3px solid var(--bad); background: var(--bad-wash); border-radius: .4rem; padding: .8rem 1rem; margin: 0 0 1rem }
dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .5rem 1rem; margin: 1rem 0 }
dt { color: var(--soft) } dd { margin: 0 } dd ul { padding-left: 1.1rem }
section { border-top: 1px solid var(--line); padding: 1rem .2rem }
section p { margin: 0 }
section:target { background: var(--wash); border-radius: .5rem; padding-inline: .8rem }
section:target code { background: var(--card) }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: .1rem } dd { margin-bottom: .7rem } }
`
