/** What attempts leave behind in a record while they are not over. */
const TRACES = ['attempt', 'inDoubt', 'disconnecting', 'exchange'] as const

/** @returns the names of what is there */
export const tracesIn = (record: object): string[] => TRACES.filter((name) => name in record)
