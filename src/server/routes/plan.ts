import { viewPlan } from '../../runs/index.ts'
import { planRequestSchema, planViewSchema } from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import { clientSignal } from '../client-signal.ts'
import type { Services } from '../context.ts'
import { problemAnswer } from '../problems.ts'

export function addPlan(app: App, { surroundings }: Services): void {
  app.post(
    '/api/v1/plan',
    {
      schema: {
        summary: 'What a transfer would do; nothing moves',
        body: planRequestSchema,
        response: { 200: planViewSchema, ...problemAnswer },
      },
    },
    (request, reply) => viewPlan(request.body.transfer, surroundings, clientSignal(reply)),
  )
}
