/**
 * Holds the docstrings of `src/` to what they promise: every export has one, and each can be read alone. A first sentence
 * that begins in the middle of a thought, or with a word for something else, sends the reader looking for it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const EXPORT =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^export (?:abstract )?(?:async )?(?:function|const|class|interface|type) (\w+)/gm
/** What no docstring begins with: a continued sentence, a subject that stands elsewhere, a bare reference. */
const FRAGMENT =
  /^(…|[a-z]|@|The same\b|It\b|They\b|That\b|This\b|One\b|Who\b|What\b(?!.*\b(is|are|was|were|has|have|does|do|may|must|needs|comes|came|gets|stands|holds|keeps|says|knows|becomes|shows|brings|makes|gives|wants)\b)|Else\b|And\b|But\b|Or\b)/

function sentenceOf(docstring: string): string {
  return docstring
    .replace(/^\/\*\*|\*\/\n$/g, '')
    .replace(/^\s*\*? ?/gm, '')
    .trim()
}

const wrong: string[] = []
for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
  if (!/\.tsx?$/.test(file)) continue
  const source = readFileSync(join('src', file), 'utf8')
  for (const { 1: docstring, 2: name, index } of source.matchAll(EXPORT)) {
    const line = source.slice(0, index + (docstring?.length ?? 0)).split('\n').length
    const at = `src/${file}:${line} ${name}`
    if (!docstring) wrong.push(`${at}: no docstring`)
    else if (FRAGMENT.test(sentenceOf(docstring))) wrong.push(`${at}: does not read alone`)
    else if (!/[.:!?)`}]$/.test(sentenceOf(docstring).split('\n').at(-1) ?? ''))
      wrong.push(`${at}: no end`)
  }
}
for (const each of wrong) console.error(each)
if (wrong.length > 0) {
  console.error(`${wrong.length} docstrings to write or to mend.`)
  process.exitCode = 1
}
