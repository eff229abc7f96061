/**
 * Events through the log and to receivers. How many a second the log takes, one with each call and a hundred; then 1,000 events
 * to ten endpoints, all of them well, and again with one dead (it never answers) and one slow (2 s an answer): the other eight
 * must be done within 1.2 times the time. Perch in a workerd on disk, receivers here. Writes bench/out/events.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ADMIN_KEY, world } from './world.ts'

const EVENTS = 1000
const ENDPOINTS = 10
const SLOW_MS = 2000
/** Endpoints of a round that is measured against another one. */
const MEASURED = 8
/** The goal: the others are done within so many times the time that they take without a dead and a slow one. */
const RATIO_MAX = 1.2
const LIMIT_MS = 300_000

const { origin, happen, stop } = await world()
const headers = { authorization: `Bearer ${ADMIN_KEY}` }

async function call(method: string, path: string, body?: object): Promise<Record<string, string>> {
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }
  const response = await fetch(origin() + path, init)
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? {} : JSON.parse(text)
}

type Manner = 'well' | 'slow' | 'dead'

/** A receiver that counts which events it got, and when it had all of them. */
async function receiver(manner: Manner) {
  const got = new Set<string>()
  const all = Promise.withResolvers<number>()
  const server: Server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      if (manner === 'dead') return
      got.add(String(request.headers['webhook-id']))
      if (got.size === EVENTS) all.resolve(performance.now())
      setTimeout(() => response.writeHead(204).end(), manner === 'slow' ? SLOW_MS : 0)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { id = '' } = await call('POST', '/v1/endpoints', { url, types: ['account.renamed'] })
  return {
    manner,
    all: all.promise,
    async end() {
      await call('DELETE', `/v1/endpoints/${id}`)
      server.closeAllConnections()
      server.close()
    },
  }
}

let from = 1

/** @returns seconds until the endpoints that are well had all events */
async function round(manners: Manner[]): Promise<number> {
  const receivers = await Promise.all(manners.map(receiver))
  const begun = performance.now()
  await happen({ from, count: EVENTS, perCall: 1, atOnce: 20 })
  from += EVENTS
  const well = receivers.filter(({ manner }) => manner === 'well').slice(0, MEASURED)
  const limit = new Promise<never>((_, late) =>
    setTimeout(() => late(new Error('Not all events arrived.')), LIMIT_MS).unref(),
  )
  const ended = await Promise.race([Promise.all(well.map(({ all }) => all)), limit])
  await Promise.all(receivers.map(({ end }) => end()))
  return (Math.max(...ended) - begun) / 1000
}

async function appended(perCall: number, atOnce: number, count: number) {
  const begun = performance.now()
  await happen({ from, count, perCall, atOnce })
  from += count
  const seconds = (performance.now() - begun) / 1000
  return {
    what: `${perCall} with each call, ${atOnce} calls at once`,
    events: count,
    s: Number(seconds.toFixed(2)),
    'events/s': Math.round(count / seconds),
  }
}

const alike = (manner: Manner, count: number): Manner[] => Array<Manner>(count).fill(manner)

try {
  await appended(1, 20, 200)
  const log = [
    await appended(1, 1, 1000),
    await appended(1, 50, 5000),
    await appended(100, 4, 20_000),
  ]
  console.table(log)
  const well = await round(alike('well', ENDPOINTS))
  const troubled = await round([...alike('well', MEASURED), 'slow', 'dead'])
  const ratio = troubled / well
  const delivered = [
    {
      endpoints: 'ten that are well',
      s: Number(well.toFixed(1)),
      'deliveries/s': Math.round((EVENTS * MEASURED) / well),
    },
    {
      endpoints: 'eight, one slow, one dead',
      s: Number(troubled.toFixed(1)),
      'deliveries/s': Math.round((EVENTS * MEASURED) / troubled),
    },
  ]
  console.table(delivered)
  console.log(
    `The others took ${ratio.toFixed(2)} times as long beside a dead and a slow one; at most ${RATIO_MAX}.`,
  )
  mkdirSync('bench/out', { recursive: true })
  writeFileSync('bench/out/events.json', JSON.stringify({ log, delivered, ratio }, null, 2))
  if (ratio > RATIO_MAX) process.exitCode = 1
} finally {
  await stop()
}
