import { preview } from '../../runs/index.ts'
import { previewRequestSchema, previewSchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import { clientSignal } from '../client-signal.ts'
import type { Services } from '../context.ts'
import { requireLook } from '../gate.ts'
import { problemAnswer } from '../problems.ts'

export function addPreview(app: App, { surroundings }: Services): void {
  app.post(
    '/api/v1/preview',
    {
      config: { needs: 'viewer', audit: null, limit: 'look' },
      schema: {
        summary: 'The first records of a file, a table, a join or a query',
        body: previewRequestSchema,
        response: { 200: previewSchema, ...problemAnswer },
      },
    },
    (request, reply) => {
      const { body } = request
      const target = 'target' in body ? body.target : undefined
      requireLook(request, body.source, target)
      return preview(body, surroundings, clientSignal(reply))
    },
  )
}
