/**
 * Makes emulator/api/operations.json out of X's OpenAPI description:
 * `node emulator/tools/operations.ts openapi.json "<source>" > emulator/api/operations.json`.
 */
import { readFileSync } from 'node:fs'

interface Parameter {
  $ref?: string
  name: string
  in: string
  schema?: { items?: { enum?: string[] } }
}
interface Operation {
  operationId?: string
  parameters?: Parameter[]
  security?: Record<string, string[]>[]
}
interface Description {
  paths: Record<string, Record<string, Operation>>
  components: { parameters: Record<string, Parameter> }
}

const KINDS: Record<string, string> = {
  BearerToken: 'app',
  UserToken: 'oauth1',
  OAuth2UserToken: 'oauth2',
}
const METHODS = ['get', 'post', 'put', 'delete', 'patch']
const [, , file = '', source = ''] = process.argv
const api = JSON.parse(readFileSync(file, 'utf8')) as Description
const fields: Record<string, string[]> = {}
const operations: Record<string, unknown> = {}

for (const [path, methods] of Object.entries(api.paths))
  for (const [method, operation] of Object.entries(methods)) {
    if (!METHODS.includes(method)) continue
    const security = operation.security ?? []
    const kinds = security.flatMap((each) => Object.keys(each)).map((name) => KINDS[name] ?? name)
    const scopes = security.flatMap((each) => each.OAuth2UserToken ?? [])
    const query = (operation.parameters ?? []).map(resolved).filter((each) => each.in === 'query')
    for (const { name, schema } of query) {
      const values = schema?.items?.enum
      if (values) fields[name] = [...new Set([...(fields[name] ?? []), ...values])].sort()
    }
    const name = `${method.toUpperCase()} ${path}`
    operations[name] = [
      order(kinds).join(' '),
      scopes.join(' '),
      query
        .map(({ name }) => name)
        .sort()
        .join(' '),
    ]
  }

const head = {
  source,
  count: Object.keys(operations).length,
  columns: ['kinds', 'scopes', 'query'],
}
const lines = Object.entries(operations).map(
  (each) => `    ${JSON.stringify(each[0])}: ${JSON.stringify(each[1])}`,
)
console.log(`{
  "head": ${JSON.stringify(head)},
  "operations": {
${lines.join(',\n')}
  },
  "values": ${JSON.stringify(fields)}
}`)

function resolved(parameter: Parameter): Parameter {
  const name = parameter.$ref?.split('/').at(-1)
  return (name && api.components.parameters[name]) || parameter
}

/** In the order that X names them in. */
function order(kinds: string[]): string[] {
  return ['app', 'oauth1', 'oauth2'].filter((kind) => kinds.includes(kind))
}
