/** A part of a multipart body. */
export interface Part {
  /** As text. */
  text: string
  size: number
  type: string | undefined
}

/**
 * The parts of a multipart body by name, byte for byte: the platform's own reader takes a part without a file name for
 * text, and twitter-api-v2 sends bytes so.
 *
 * @see [RFC 7578 §4](https://www.rfc-editor.org/rfc/rfc7578.html#section-4)
 */
export function multipartParts(bytes: ArrayBuffer, contentType: string): Map<string, Part> {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  const parts = new Map<string, Part>()
  if (boundary === undefined) return parts
  // One character for each byte.
  const body = Buffer.from(bytes).toString('latin1')
  for (const piece of `\r\n${body}`.split(`\r\n--${boundary}`).slice(1)) {
    const gap = piece.indexOf('\r\n\r\n')
    if (gap < 0) continue
    const head = piece.slice(0, gap)
    const content = piece.slice(gap + 4)
    const name = /\bname="([^"]*)"/i.exec(head)?.[1]
    const type = /^content-type:\s*(\S+)/im.exec(head)?.[1]
    const text = Buffer.from(content, 'latin1').toString()
    if (name !== undefined) parts.set(name, { text, size: content.length, type })
  }
  return parts
}
