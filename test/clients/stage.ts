/** The process that all players of Node run in: it has the lines that `--as-x` prints. */
export interface Asked {
  id: number
  /** Its path from here, without `.ts`. */
  player: string
  /** What it finds in its environment beside those lines. */
  env: Record<string, string>
}

export interface Told {
  id: number
  seen?: unknown
  error?: string
}

process.on('message', async ({ id, player, env }: Asked) => {
  const tell = (told: Told) => process.send?.(told)
  try {
    Object.assign(process.env, env)
    const { play } = (await import(`./${player}.ts`)) as { play: () => Promise<unknown> }
    tell({ id, seen: await play() })
  } catch (error) {
    tell({
      id,
      error: error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error),
    })
  }
})
