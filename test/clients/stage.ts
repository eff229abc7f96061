/** The process that all players of Node run in: it has the lines that `--as-x` prints, and no others. */
export interface Asked {
  id: number
  player: string
}

export interface Told {
  id: number
  seen?: unknown
  error?: string
}

process.on('message', async ({ id, player }: Asked) => {
  const tell = (told: Told) => process.send?.(told)
  try {
    const { play } = (await import(`./players/${player}.ts`)) as { play: () => Promise<unknown> }
    tell({ id, seen: await play() })
  } catch (error) {
    tell({
      id,
      error: error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error),
    })
  }
})
