/** What a Basic header holds, as it stands: nothing is percent-decoded. Undefined if it is none. */
export function readBasic(header: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/_=-]+) *$/i.exec(header ?? '')?.[1]
  if (!encoded) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : { id: pair.slice(0, colon), secret: pair.slice(colon + 1) }
}
