import { auditListSchema, auditQuerySchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { problemAnswer } from '../problems.ts'

export function addAudit(app: App, { access: { audit } }: Services): void {
  app.get(
    '/api/v1/audit',
    {
      config: { needs: 'admin' },
      schema: {
        summary: 'Who did what, or was refused it, the newest first',
        querystring: auditQuerySchema,
        response: { 200: auditListSchema, ...problemAnswer },
      },
    },
    ({ query }) => audit.list(query),
  )
}
