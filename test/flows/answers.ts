/** What comes back from Perch, with what holds for every answer of its kind checked on the way. */
import { expect } from 'vitest'

export interface Problem {
  status: number
  code: string
  title: string
  detail?: string
  fix?: string
  retry_after?: number
  login_url?: string
}

/** A Worker of the former build names no charset. */
const PROBLEM = /^application\/problem\+json(; charset=utf-8)?$/

/** A problem document. */
export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text()
  expect(response.headers.get('content-type'), text).toMatch(PROBLEM)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const problem = JSON.parse(text)
  const { status, code, retry_after } = problem
  expect(status).toBe(response.status)
  expect(problem).toMatchObject({
    type: `/problems#${code}`,
    title: expect.stringMatching(/\w/),
    fix: expect.stringMatching(/\w/),
  })
  expect(response.headers.get('retry-after')).toBe(
    retry_after === undefined ? null : String(retry_after),
  )
  return problem
}

export interface Page {
  status: number
  html: string
  /** The failure's code, on pages that tell of one. */
  code: string | undefined
}

/** A page for people: closed to scripts, frames and caches. */
export async function pageOf(response: Response): Promise<Page> {
  const { status, headers } = response
  const html = await response.text()
  expect(headers.get('content-type'), html).toBe('text/html; charset=UTF-8')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('content-security-policy')).toMatch(
    /default-src 'none';.*frame-ancestors 'none'/,
  )
  expect(html).toMatch(/^<!DOCTYPE html>/)
  expect(html).not.toMatch(/<script|\bstyle="| on\w+="/i)
  return { status, html, code: /<span class="badge bad">(\w+)</.exec(html)?.[1] }
}

/** Status and code of a failure, page or problem document alike. */
export async function failureOf(response: Response): Promise<[number, string | undefined]> {
  const isPage = response.headers.get('content-type')?.startsWith('text/html')
  const { status, code } = isPage ? await pageOf(response) : await problemOf(response)
  return [status, code]
}
