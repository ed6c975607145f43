/** Puts the control API together: one Nest application over the context that `openControl` made. */
import 'reflect-metadata';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessGuard } from './access.guard.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { CatalogController } from './catalog/catalog.controller.js';
import { CommitmentsController } from './commitments/commitments.controller.js';
import { type ControlContext, controlContext, type DraftStatement, draftStatementToken } from './control-context.js';
import { CostReportsController } from './cost-reports/cost-reports.controller.js';
import { EnvelopesController } from './envelopes/envelopes.controller.js';
import { GatesController } from './gates/gates.controller.js';
import { HealthController } from './health/health.controller.js';
import { JudgesController } from './judges/judges.controller.js';
import { KeysController } from './keys/keys.controller.js';
import { LanesController } from './lanes/lanes.controller.js';
import { LedgerController } from './ledger/ledger.controller.js';
import { MembersController } from './members/members.controller.js';
import { mountOpenApi } from './open-api.module.js';
import { BillController } from './plans/bill.controller.js';
import { PlansController } from './plans/plans.controller.js';
import { PriceIntakeController } from './prices/price-intake.controller.js';
import { PricesController } from './prices/prices.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { makeAdapter, mountRequests } from './request.module.js';
import { RoutesController } from './routes/routes.controller.js';
import { ShadowController } from './shadow/shadow.controller.js';
import { SnapshotsController } from './snapshots/snapshots.controller.js';
import { draftFromLedger } from './statements/draft-from-ledger.js';
import { StatementsController } from './statements/statements.controller.js';
import { SuitesController } from './suites/suites.controller.js';
import { UseCasesController } from './use-cases/use-cases.controller.js';
import { VenuesController } from './venues/venues.controller.js';

const controllers = [
  HealthController,
  VenuesController,
  RoutesController,
  LanesController,
  PlansController,
  BillController,
  PricesController,
  PriceIntakeController,
  CatalogController,
  UseCasesController,
  SuitesController,
  EnvelopesController,
  CommitmentsController,
  AlertsController,
  KeysController,
  MembersController,
  GatesController,
  JudgesController,
  ShadowController,
  StatementsController,
  LedgerController,
  CostReportsController,
  SnapshotsController,
];

@Module({})
export class ControlModule {
  static over(context: ControlContext, draft: DraftStatement): DynamicModule {
    return {
      module: ControlModule,
      controllers,
      providers: [
        { provide: controlContext, useValue: context },
        { provide: draftStatementToken, useValue: draft },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}

/** Ready to listen. `draft` differs in specs only. */
export async function createControl(
  context: ControlContext,
  draft: DraftStatement = draftFromLedger,
): Promise<NestFastifyApplication> {
  const module = ControlModule.over(context, draft);
  const app = await NestFactory.create<NestFastifyApplication>(module, makeAdapter(), {
    logger: ['error', 'warn', 'fatal'],
  });
  mountRequests(app);
  mountOpenApi(app, controllers);
  return app;
}
