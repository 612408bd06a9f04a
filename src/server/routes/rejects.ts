import { z } from 'zod'
import { rejectForms, rejectListSchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { problemAnswer } from '../problems.ts'
import { sendFile } from '../send-file.ts'

const ofRun = z.object({ id: z.string() })

/** What a run refused. */
export function addRejects(app: App, { queue, surroundings: { workspace } }: Services): void {
  app.get(
    '/api/v1/runs/:id/rejects',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'The first rejects of a run, in the order of the file',
        params: ofRun,
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
        response: { 200: rejectListSchema, ...problemAnswer },
      },
    },
    async ({ params, query }) => {
      const { id } = await queue.get(params.id)
      return workspace.rejects.list(id, query.limit)
    },
  )
  app.route({
    method: ['GET', 'HEAD'],
    url: '/api/v1/runs/:id/rejects/:form',
    exposeHeadRoute: false,
    config: { needs: 'viewer' },
    schema: {
      summary: 'Download the rejects of a run',
      description:
        'As a report (CSV in UTF-8: file, line, offset, column, reason, value, raw), or as records: the records as they ' +
        'stand in the source with all that stands above them, to be corrected and imported with the same options.',
      params: ofRun.extend({ form: z.enum(rejectForms) }),
    },
    handler: async (request, reply) => {
      const { id } = await queue.get(request.params.id)
      return sendFile(await workspace.rejects.open(id, request.params.form), request, reply)
    },
  })
}
