import type { AuditEntry, AuditList, AuditQuery } from '../shared/index.ts'
import type { StateFile } from './database.ts'

export interface AuditStore {
  add(entry: Omit<AuditEntry, 'number'>): Promise<void>
  /** The newest first. */
  list(query: AuditQuery): Promise<AuditList>
}

export const auditStore = ({ db, ask }: StateFile): AuditStore => ({
  async add({ at, user, way, address, action, subject, outcome }) {
    const row = { at, user, way, address, action, subject, outcome }
    await ask(db.insertInto('audit').values(row).execute())
  },
  async list({ before, limit }) {
    let query = db
      .selectFrom('audit')
      .selectAll()
      .orderBy('number', 'desc')
      .limit(limit + 1)
    if (before !== undefined) query = query.where('number', '<', before)
    const rows = await ask(query.execute())
    return { entries: rows.slice(0, limit), more: rows.length > limit }
  },
})
