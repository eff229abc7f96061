/**
 * The members of a JSON object that arrived whole, when the rest of its text did not. A text is whole once its closing
 * quote has come; a number only once something follows, since `72` may have been `7200`.
 *
 * @returns the text of an object with these members alone; undefined when it does not begin as an object.
 */
export function wholeMembers(text: string): string | undefined {
  const start = text.search(/\S/)
  if (text[start] !== '{') return undefined
  let end = start + 1
  let depth = 0
  let isInText = false
  let isValue = false
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (isInText) {
      if (char === '\\') at += 1
      else if (char === '"') {
        isInText = false
        if (depth === 1 && isValue) end = at + 1
      }
    } else if (char === '"') isInText = true
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') {
      depth -= 1
      if (depth === 1) end = at + 1
      // The object has ended, and what may follow belongs to nothing.
      if (depth === 0) return text.slice(start, at + 1)
    } else if (depth === 1 && char === ':') isValue = true
    else if (depth === 1 && char === ',') {
      isValue = false
      end = at
    }
  }
  return `${text.slice(start, end)}}`
}
