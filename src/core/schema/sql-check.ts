/** SQL for one field: `value` has the target type wherever `ok` holds. */
export interface Check {
  value: string
  ok: string
}

/** The check of a value that is NULL exactly where the text is refused. */
export const checkNotNull = (value: string): Check => ({ value, ok: `isNotNull(${value})` })

/** The value, NULL where the text is refused. */
export const valueOrNull = ({ value, ok }: Check): string =>
  ok === checkNotNull(value).ok ? value : `if(${ok}, ${value}, NULL)`
