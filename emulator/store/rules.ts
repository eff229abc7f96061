import type { World } from './world.ts'

/** A rule of the filtered stream. */
export type Rule = { id: number; value: string; tag: string | null }

const FIRST_RULE_ID = 1_600_000_000_000_000

/** Adds a rule; undefined if it is there. */
export function addRule(world: World, value: string, tag: string | null): Rule | undefined {
  return world.sql
    .exec<Rule>(
      `INSERT OR IGNORE INTO rules (id, value, tag)
        VALUES ((SELECT coalesce(max(id), ?) + 1 FROM rules), ?, ?) RETURNING *`,
      FIRST_RULE_ID,
      value,
      tag,
    )
    .toArray()[0]
}

/** Every rule, oldest first. */
export function listRules(world: World): Rule[] {
  return world.sql.exec<Rule>('SELECT * FROM rules ORDER BY id').toArray()
}

/** Deletes rules by id or by value, and says how many. */
export function removeRules(
  world: World,
  { ids, values }: { ids: string[]; values: string[] },
): number {
  const gone = [
    ...ids.map((id) => world.sql.exec('DELETE FROM rules WHERE id = ? RETURNING id', Number(id))),
    ...values.map((each) => world.sql.exec('DELETE FROM rules WHERE value = ? RETURNING id', each)),
  ]
  return gone.reduce((sum, rows) => sum + rows.toArray().length, 0)
}
