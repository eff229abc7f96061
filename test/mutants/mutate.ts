/** Small changes to a source file that some test should notice. Made from the syntax alone; the same file gives the same list. */
import { parseSync } from 'vite'

/** One change to one file. */
export interface Mutant {
  file: string
  /** Counted from 1. */
  line: number
  /** Offset of the text that is replaced. */
  start: number
  before: string
  after: string
  /** What kind of change it is. */
  how: string
}

const SWAPS: Record<string, string> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
}

/** A node of the syntax tree: ESTree's, with what matters here. */
interface Node {
  type: string
  start: number
  end: number
  [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value

/** Every change of a file that is known here. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const found: Mutant[] = []
  const textOf = ({ start, end }: Node): string => text.slice(start, end)
  const change = (start: number, before: string, after: string, how: string): void => {
    const line = text.slice(0, start).split('\n').length
    if (before !== after) found.push({ file, line, start, before, after, how })
  }
  const add = (node: Node, after: string, how: string): void =>
    change(node.start, textOf(node), after, how)
  const changes: Record<string, (node: Node) => void> = {
    BinaryExpression: (node) => operator(node),
    LogicalExpression: (node) => operator(node),
    IfStatement: ({ test }) => condition(test as Node),
    ConditionalExpression: ({ test }) => condition(test as Node),
    UnaryExpression: (node) => {
      if (node.operator === '!') add(node, textOf(node.argument as Node), 'not')
    },
    ExpressionStatement: (node) => add(node, '{}', 'statement'),
    Literal: (node) => {
      if (typeof node.value === 'number') add(node, String(node.value + 1), 'number')
      if (typeof node.value === 'boolean') add(node, String(!node.value), 'flag')
    },
    ObjectExpression: ({ properties }) => {
      for (const each of properties as Node[])
        if (each.type === 'SpreadElement') add(each, '...{}', 'fields')
    },
  }
  function operator({ left, right, operator: sign }: Node): void {
    const [from, to] = [(left as Node).end, (right as Node).start]
    const at = from + text.slice(from, to).indexOf(String(sign))
    const swapped = SWAPS[String(sign)]
    if (swapped) change(at, String(sign), swapped, 'operator')
    if (sign === '??')
      change((left as Node).end, text.slice(from, (right as Node).end), '', 'no default')
  }
  function condition(node: Node): void {
    add(node, 'true', 'always')
    add(node, 'false', 'never')
  }
  const visit = (node: Node): void => {
    // Types do not run, and words that are logged are nobody's behaviour.
    if (node.type.startsWith('TS') && !node.type.endsWith('Expression')) return
    if (isLogged(node)) return
    changes[node.type]?.(node)
    for (const value of Object.values(node))
      for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) visit(each)
  }
  function isLogged(node: Node): boolean {
    const call = node.type === 'ExpressionStatement' ? node.expression : node
    if (!isNode(call) || call.type !== 'CallExpression') return false
    return /(^|\.)log$/.test(textOf(call.callee as Node))
  }
  visit(parseSync(file, text).program as unknown as Node)
  return found
}

/** The file's text with the change in it. */
export const mutated = (text: string, { start, before, after }: Mutant): string =>
  text.slice(0, start) + after + text.slice(start + before.length)
