/** A world without workerd for the machine of an endpoint: time that is moved, a log, a registry, a receiver, and crashes. */
import { disabledEndpoint, enabledEndpoint } from '../../../src/caller/endpoint-changes'
import type { Deliveries, EndpointEffects } from '../../../src/endpoint/effects'
import type { FedEvent } from '../../../src/endpoint/feed'
import { EndpointMachine } from '../../../src/endpoint/machine'
import type { EndpointState } from '../../../src/endpoint/state'
import type { PerchEvent, Reader } from '../../../src/events/event'
import { Failure } from '../../../src/failure'
import type { DeliveryAnswer, DoneDelivery, OpenDelivery } from '../../../src/store/delivery-rows'
import type { EndpointRecord } from '../../../src/store/endpoints'

/** What a receiver does with a delivery: `lost` takes it, and its answer never arrives. */
export type Manner = 'ok' | 'fail' | 'hang' | 'gone' | 'wait' | 'lost' | 'slow'

const ANSWERS: Record<Manner, { ms: number; answer: Partial<DeliveryAnswer>; isTaken: boolean }> = {
  ok: { ms: 100, answer: { status: 200 }, isTaken: true },
  slow: { ms: 14_000, answer: { status: 204 }, isTaken: true },
  fail: { ms: 50, answer: { status: 500 }, isTaken: false },
  hang: { ms: 15_000, answer: { error: 'timeout' }, isTaken: false },
  lost: { ms: 15_000, answer: { error: 'timeout' }, isTaken: true },
  gone: { ms: 50, answer: { status: 410 }, isTaken: false },
  wait: { ms: 50, answer: { status: 429, retryAfter: 3600 }, isTaken: false },
}

/** Rows as `DeliveryRows` has them, in memory. */
class MemoryRows implements Deliveries {
  readonly opened = new Map<number, OpenDelivery>()
  readonly finished = new Map<number, DoneDelivery>()
  /** Throws where the storage refuses. */
  readonly #write: () => void

  constructor(write: () => void) {
    this.#write = write
  }

  #all = () => [...this.opened.values()].sort((one, other) => one.seq - other.seq)
  openCount = () => this.opened.size
  open = (seq: number) => this.opened.get(seq)
  due = (nowMs: number, limit: number) =>
    this.#all()
      .filter(({ nextAtMs }) => nextAtMs <= nowMs)
      .sort((one, other) => one.nextAtMs - other.nextAtMs)
      .slice(0, limit)
  nextAfterMs = (nowMs: number) => {
    const times = this.#all().flatMap(({ nextAtMs }) => (nextAtMs > nowMs ? [nextAtMs] : []))
    return times.length > 0 ? Math.min(...times) : undefined
  }
  writeOpen = (row: OpenDelivery) => {
    this.#write()
    this.opened.set(row.seq, { ...row })
  }
  allDue = (nowMs: number, after = 0) => {
    for (const row of this.opened.values())
      if (row.seq > after) row.nextAtMs = Math.min(row.nextAtMs, nowMs)
  }
  deleteOpen = (seq: number) => void this.opened.delete(seq)
  dropOpen = () => this.opened.clear()
  dropDone = () => this.finished.clear()
  done = (seq: number) => this.finished.get(seq)
  writeDone = (row: DoneDelivery) => {
    this.#write()
    this.finished.set(row.seq, row)
  }
  prune: Deliveries['prune'] = (keep, batch, { after, replay }) => {
    const { size } = this.finished
    if (size < keep + batch) return
    const may = [...this.finished.keys()]
      .filter((seq) => seq <= after && !(seq > (replay?.after ?? 0) && seq <= (replay?.until ?? 0)))
      .sort((one, other) => one - other)
    for (const seq of may.slice(0, size - keep)) this.finished.delete(seq)
  }
}

/** The world of one endpoint. Each thing that must never happen, and did, is in `wrongs`. */
export class EndpointWorld {
  nowMs = 1_800_000_000_000
  alarmAtMs: number | null = null
  readonly wrongs: string[] = []
  /** What was sent, in its order. */
  readonly sent: { seq: number; atMs: number }[] = []
  /** The events that a receiver took. */
  readonly taken = new Set<number>()
  readonly events: FedEvent[] = []
  readonly told: PerchEvent[] = []
  readonly logged: string[] = []
  first = 1
  manner: (seq: number, url: string) => Manner = () => 'ok'
  random = () => 0.5
  isLogDown = false
  isRegistryDown = false
  /** So many writes from now on fails one. */
  refuseWrite = -1
  reader: Reader | null = { accounts: undefined, readsX: false }
  endpoint: EndpointRecord | null = {
    id: 'ep_0123456789abcdef',
    url: 'https://hooks.example.com/',
    types: ['account.*'],
    secrets: [],
    createdAt: 0,
    epoch: 1,
    after: 0,
  }
  readonly rows = new MemoryRows(() => this.#written())
  state: EndpointState | undefined
  underWay = 0
  mostUnderWay = 0
  mostOpen = 0
  /** Events whose success an object that lives was told, until they are replayed. */
  readonly #acknowledged = new Set<number>()
  #machine: EndpointMachine | undefined
  #isRunning = false
  #life = 0
  /** Since when the endpoint has failed five times in a row. */
  #failsSinceMs = Number.POSITIVE_INFINITY
  #timers: { atMs: number; ring: () => void }[] = []

  readonly #tamper: (effects: EndpointEffects) => EndpointEffects

  /** @param tamper - changes what the machine stands on, to see that the model finds it */
  constructor(tamper: (effects: EndpointEffects) => EndpointEffects = (effects) => effects) {
    this.#tamper = tamper
  }

  /** The object, which begins when it is asked. */
  get machine(): EndpointMachine {
    this.#machine ??= new EndpointMachine(this.#tamper(this.#effects()))
    return this.#machine
  }

  /** The object dies; whatever it waits for never comes. */
  async crash(): Promise<void> {
    // What takes no time is over by then.
    await drained()
    this.#life += 1
    this.#machine = undefined
    this.#isRunning = false
    this.underWay = 0
    this.#timers = []
  }

  /** Something happened, and the log wakes the endpoint. */
  append(type: PerchEvent['type'] = 'account.connected'): number {
    const seq = this.events.length + 1
    const timestamp = new Date(this.nowMs).toISOString()
    this.events.push({ seq, id: `evt_${seq}`, type, timestamp, data: { account: { id: '1' } } })
    this.wake()
    return seq
  }

  /** The log, or a change of the endpoint, wakes it. */
  wake(): void {
    void this.machine.wake()
  }

  disable(reason: 'by_hand' | 'failing' | 'gone'): void {
    if (this.endpoint) this.endpoint = disabledEndpoint(this.endpoint, reason, this.nowMs / 1000)
    this.wake()
  }

  enable(): void {
    if (this.endpoint) this.endpoint = enabledEndpoint(this.endpoint, this.events.length)
    this.wake()
  }

  /** The owner names another address. */
  move(url: string): void {
    if (this.endpoint) this.endpoint = { ...this.endpoint, url }
    this.wake()
  }

  /** The owner asks for what came after this number. */
  async replay(after: number): Promise<void> {
    const { endpoint, reader } = this
    if (!endpoint || endpoint.disabled) return
    for (const seq of this.#acknowledged) if (seq > after) this.#acknowledged.delete(seq)
    await this.machine.replayAfter({ endpoint, reader }, after)
  }

  /** Lets time pass, and whatever is due in it happen. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    for (let steps = 0; ; steps++) {
      await drained()
      const next = this.#nextAtMs()
      if (next === undefined || next > untilMs) break
      if (steps > 100_000) throw new Error('It goes on for ever.')
      this.nowMs = Math.max(this.nowMs, next)
      this.#ring()
    }
    this.nowMs = untilMs
  }

  /** Whether nothing is left to do by itself. */
  get isQuiet(): boolean {
    return !this.#isRunning && this.alarmAtMs === null && this.#timers.length === 0
  }

  #nextAtMs(): number | undefined {
    const times = this.#timers.map(({ atMs }) => atMs)
    if (this.alarmAtMs !== null && !this.#isRunning) times.push(this.alarmAtMs)
    return times.length > 0 ? Math.min(...times) : undefined
  }

  #ring(): void {
    const due = this.#timers.findIndex(({ atMs }) => atMs <= this.nowMs)
    if (due >= 0) {
      const [timer] = this.#timers.splice(due, 1)
      timer?.ring()
      return
    }
    this.alarmAtMs = null
    this.#isRunning = true
    const life = this.#life
    const over = () => {
      if (life === this.#life) this.#isRunning = false
    }
    this.machine.run().then(over, (error: unknown) => {
      over()
      if (life === this.#life) this.wrongs.push(`A run rejects: ${error}`)
    })
  }

  #after(ms: number): Promise<void> {
    return this.#timerFor(ms).rung
  }

  #timerFor(ms: number) {
    const life = this.#life
    const { promise: rung, resolve } = Promise.withResolvers<void>()
    const ring = () => {
      if (life === this.#life) resolve()
    }
    const timer = { atMs: this.nowMs + ms, ring }
    this.#timers.push(timer)
    return { timer, rung }
  }

  #written(): void {
    if (this.refuseWrite-- === 0) throw new Error('The storage refuses.')
  }

  #effects(): EndpointEffects {
    return {
      id: () => 'ep_0123456789abcdef',
      row: {
        read: () => this.state && structuredClone(this.state),
        write: (state) => {
          this.#written()
          this.#judge(state)
          this.state = structuredClone(state)
          if (state.failures < 5) this.#failsSinceMs = Number.POSITIVE_INFINITY
          else this.#failsSinceMs = Math.min(this.#failsSinceMs, this.nowMs)
        },
      },
      rows: this.rows,
      endpoint: async () => {
        await this.#after(3)
        if (this.isRegistryDown) throw new Failure('object_unreachable')
        // What is answered may be old by the time that it arrives.
        const { endpoint, reader } = this
        await this.#after(3)
        return endpoint && { endpoint: structuredClone(endpoint), reader }
      },
      disable: async ({ epoch, url }, reason) => {
        await this.#after(5)
        if (this.isRegistryDown) throw new Failure('object_unreachable')
        if (this.endpoint?.epoch === epoch && this.endpoint.url === url) this.disable(reason)
      },
      readEvents: async (after, limit) => {
        await this.#after(5)
        return this.#page(after, limit)
      },
      findEvent: async (id) => {
        await this.#after(5)
        this.#demandLog()
        const event = this.events.find((each) => each.id === id)
        return event && event.seq >= this.first ? event : null
      },
      append: async (events) => {
        await this.#after(5)
        this.#demandLog()
        this.told.push(...events.filter(({ id }) => !this.told.some((each) => each.id === id)))
      },
      send: ({ url }, event) => this.#send(event, url),
      erase: async () => {
        this.state = undefined
        this.alarmAtMs = null
        this.rows.dropOpen()
        this.rows.dropDone()
      },
      setAlarm: async (atMs) => {
        this.alarmAtMs = atMs
      },
      wait: async (work, ms) => {
        const timer = this.#timerFor(ms)
        await Promise.race([...work.map(async (each) => void (await each)), timer.rung])
        this.#timers = this.#timers.filter((each) => each !== timer.timer)
      },
      now: () => this.nowMs,
      random: () => this.random(),
      log: ((event: string) => void this.logged.push(event)) as EndpointEffects['log'],
    }
  }

  #demandLog(): void {
    if (this.isLogDown) throw new Failure('object_unreachable')
  }

  #page(after: number | undefined, limit: number) {
    this.#demandLog()
    const last = this.events.length
    const from = after ?? this.first - 1
    if (from > last) throw new Failure('request_malformed')
    if (from + 1 < this.first) throw Failure.from({ code: 'events_expired', firstSeq: this.first })
    const events = this.events.slice(from, from + limit)
    return { first: this.first, last, events, through: events.at(-1)?.seq ?? from }
  }

  async #send(event: FedEvent, url: string): Promise<DeliveryAnswer> {
    const { seq, type } = event
    if (!type.startsWith('account.')) this.wrongs.push(`${seq} was sent, which is not wanted`)
    if (this.#acknowledged.has(seq)) this.wrongs.push(`${seq} was sent again, though it was taken`)
    // What was begun a moment before the fifth failure is under way.
    const failsLong = this.nowMs - this.#failsSinceMs > 50
    if (failsLong && this.rows.openCount() >= 5 && this.underWay > 0)
      this.wrongs.push(`${seq} was sent beside another one to an endpoint that fails`)
    this.sent.push({ seq, atMs: this.nowMs })
    this.underWay += 1
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
    const { ms, answer, isTaken } = ANSWERS[this.manner(seq, url)]
    const atMs = this.nowMs
    if (isTaken) this.taken.add(seq)
    await this.#after(ms)
    this.underWay -= 1
    if ((answer.status ?? 0) === 200 && this.refuseWrite < 0) this.#acknowledged.add(seq)
    return { atMs, ms, ...answer }
  }

  /** The cursor may pass an event only when it has a row or needs none. */
  #judge({ cursor, epoch }: EndpointState): void {
    this.mostOpen = Math.max(this.mostOpen, this.rows.openCount())
    const from = Math.max(this.state?.epoch === epoch ? this.state.cursor : cursor, this.first - 1)
    for (const { seq, type } of this.events.slice(from, cursor))
      if (type.startsWith('account.') && !this.rows.open(seq) && !this.rows.done(seq))
        this.wrongs.push(`The cursor passes ${seq}, which has no row`)
  }
}

/** Resolves when nothing more happens without time. */
const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
