import { z } from 'zod'
import {
  AppError,
  reportSchema,
  runDetailSchema,
  runListSchema,
  runQuerySchema,
  runSchema,
  startRunSchema,
} from '../../shared/index.ts'
import type { App } from '../app-type.ts'
import type { Services } from '../context.ts'
import { requireSaved, whoAsks } from '../gate.ts'
import { problemAnswer } from '../problems.ts'

const params = z.object({ id: z.string() })

export function addRuns(app: App, { queue }: Services): void {
  app.post(
    '/api/v1/runs',
    {
      config: { needs: 'operator', audit: 'run.start', limit: 'costly' },
      schema: {
        summary: 'Start a transfer',
        description: 'Answers when the run is queued; follow it over /api/v1/events, or ask for it.',
        body: startRunSchema,
        response: { 201: runSchema, ...problemAnswer },
      },
    },
    async (request, reply) => {
      const { transfer } = request.body
      requireSaved(request, transfer.source, transfer.target)
      const run = await queue.start(transfer, whoAsks(request).user)
      request.subject = run.id
      return reply.code(201).header('location', `/api/v1/runs/${run.id}`).send(run)
    },
  )
  app.get(
    '/api/v1/runs',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'Runs, the newest first',
        querystring: runQuerySchema,
        response: { 200: runListSchema, ...problemAnswer },
      },
    },
    (request) => queue.list(request.query),
  )
  app.get(
    '/api/v1/runs/:id',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'One run: its progress, its log, its report',
        params,
        response: { 200: runDetailSchema, ...problemAnswer },
      },
    },
    (request) => queue.get(request.params.id),
  )
  app.post(
    '/api/v1/runs/:id/cancel',
    {
      config: { needs: 'operator', audit: 'run.cancel' },
      schema: {
        summary: 'Cancel a run',
        description: 'A run whose commit has begun completes all the same; its log says so.',
        params,
        response: { 202: runSchema, ...problemAnswer },
      },
    },
    async (request, reply) => reply.code(202).send(await queue.cancel(request.params.id)),
  )
  app.get(
    '/api/v1/runs/:id/report',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'The report of a run that has ended, as a file',
        params,
        response: { 200: reportSchema, ...problemAnswer },
      },
    },
    async (request, reply) => {
      const { id, status, report } = await queue.get(request.params.id)
      if (!report) throw new AppError('REQUEST_INVALID', `The run ${id} is ${status}: it has no report yet.`)
      const name = `flathouse-run-${id}.json`
      return reply.header('content-disposition', `attachment; filename="${name}"`).send(report)
    },
  )
}
