/** At the end of a run: what each ring took, from its first file to its last. The whole is longer: it starts emulators, and stops them. */
import type { Reporter, TestModule } from 'vitest/node'

interface Ring {
  files: number
  firstMs: number
  lastMs: number
  /** The file that took longest. */
  slowest: { file: string; ms: number }
}

const inWords = (ms: number): string => {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

export default class Rings implements Reporter {
  #beganMs = 0
  readonly #began = new Map<string, number>()
  readonly #rings = new Map<string, Ring>()

  onTestRunStart(): void {
    this.#beganMs = performance.now()
    this.#began.clear()
    this.#rings.clear()
  }

  /** Loading a file counts: in workerd it takes longer than many a test. */
  onTestModuleQueued(module: TestModule): void {
    this.#began.set(module.id, performance.now())
  }

  onTestModuleEnd(module: TestModule): void {
    const now = performance.now()
    const began = this.#began.get(module.id) ?? now
    const { firstMs, files, slowest } = this.#rings.get(module.project.name) ?? {
      firstMs: began,
      files: 0,
      slowest: { file: '', ms: 0 },
    }
    const ms = now - began
    this.#rings.set(module.project.name, {
      files: files + 1,
      firstMs: Math.min(firstMs, began),
      lastMs: now,
      slowest: ms > slowest.ms ? { file: module.relativeModuleId, ms } : slowest,
    })
  }

  onTestRunEnd(): void {
    const rows = [...this.#rings].map(([name, { files, firstMs, lastMs, slowest }]) =>
      [
        name.padEnd(8),
        inWords(lastMs - firstMs),
        ` ${files} files, longest ${slowest.file} (${inWords(slowest.ms)})`,
      ].join(' '),
    )
    const whole = `${'all'.padEnd(8)} ${inWords(performance.now() - this.#beganMs)}`
    console.log(['', 'Rings (min:s)', ...rows, whole].join('\n'))
  }
}
