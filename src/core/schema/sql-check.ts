/** SQL for one field: `value` has the target type wherever `ok` holds. */
export interface Check {
  value: string
  ok: string
}
