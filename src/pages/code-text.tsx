/** A sentence in which `backticks` mark code, as markup. */
export function CodeText({ text }: { text: string }) {
  const parts = text.split('`')
  return <>{parts.map((part, at) => (at % 2 === 1 ? <code>{part}</code> : part))}</>
}
