import { viewPlan } from '../../runs/index.ts'
import { planRequestSchema, planViewSchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import { clientSignal } from '../client-signal.ts'
import type { Services } from '../context.ts'
import { requireSaved } from '../gate.ts'
import { problemAnswer } from '../problems.ts'

export function addPlan(app: App, { surroundings }: Services): void {
  app.post(
    '/api/v1/plan',
    {
      config: { needs: 'operator', audit: null, limit: 'look' },
      schema: {
        summary: 'What a transfer would do; nothing moves',
        body: planRequestSchema,
        response: { 200: planViewSchema, ...problemAnswer },
      },
    },
    (request, reply) => {
      const { transfer } = request.body
      requireSaved(request, transfer.source, transfer.target)
      return viewPlan(transfer, surroundings, clientSignal(reply))
    },
  )
}
