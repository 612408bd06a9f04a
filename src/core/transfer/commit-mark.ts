/**
 * What is known of both tables when a commit begins. With it the commit can be completed later, by another process, and
 * nothing is done twice. Counts are texts of UInt64.
 */
export type CommitMark = (
  | {
      kind: 'rename' | 'exchange'
      /** The staging table's own id, which it keeps under its new name. */
      uuid: string
    }
  | {
      kind: 'partition-move'
      /** `before`: rows in the target's partition. */
      partitions: { id: string; rows: string; before: string }[]
      /**
       * Until then (in seconds since 1970, by the server's clock) the target knows the parts that it has taken by their
       * ids, also those that it has merged. Left out: one that it does not know may have been taken all the same.
       */
      partsKnownUntil?: number
    }
  | {
      kind: 'insert-select'
      rows: string
      /** Rows in the target. */
      before: string
      /** When they were counted, in seconds since 1970 to the microsecond, by the server's clock. */
      since: number
    }
) & {
  /** The target's own id; left out where it has none, or none may be seen. */
  targetUuid?: string
  /** The id of the server that has the staging table. Left out: every server that answers has it. */
  server?: string
}
